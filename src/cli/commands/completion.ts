export async function completionCommand(_operands: readonly string[]): Promise<number> {
  return 0;
}
