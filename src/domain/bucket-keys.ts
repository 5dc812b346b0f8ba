/** Where AWS IoT fills in what is in each message. (AWS IoT, "Substitution templates") */
const TEMPLATE = '${';
/** Where it fills in the client ID: what it keeps of a client is then kept under its own name, and nowhere else. */
const CLIENT = '${clientId}';

/** What of a rule's key says where to look: up to the first thing that is filled in, unless that is the client ID. */
export function placeIn(key: string): string {
  const start = fixedPart(key);
  const rest = key.slice(start.length);
  return rest.startsWith(CLIENT) ? `${start}${CLIENT}${fixedPart(rest.slice(CLIENT.length))}` : start;
}

/** The beginning of the keys of all objects that may tell of anybody. */
export function keysOfAll(place: string): string {
  return fixedPart(place);
}

/** The beginning of the keys of all objects that may tell of the client; undefined: those of all. */
export function keysOf(place: string, clientId: string): string | undefined {
  const known = placeIn(place);
  const start = fixedPart(place);
  return known === start ? undefined : `${start}${clientId}${known.slice(start.length + CLIENT.length)}`;
}

/** Where the client's objects may be, as some rules keep them: a good place to begin. */
export function likelyKeysOf(place: string, clientId: string): string {
  return place === '' || place.endsWith('/') ? `${place}${clientId}/` : `${place}/${clientId}/`;
}

function fixedPart(key: string): string {
  return key.split(TEMPLATE)[0] ?? '';
}
