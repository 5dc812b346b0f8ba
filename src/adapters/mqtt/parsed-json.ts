/** Only JSON is of interest; whatever else somebody manages to publish here is no presence event. */
export function parsedJson(payload: string | Buffer): unknown {
  try {
    const value: unknown = JSON.parse(payload.toString());
    return value;
  } catch {
    return undefined;
  }
}
