/** Where an error came from: the stacks of it and of all its causes, for the one who mends it. */
export function stackOf(error: unknown): string {
  const stacks: string[] = [];
  const seen = new Set<unknown>();
  for (let each = error; each instanceof Error && !seen.has(each); each = each.cause) {
    seen.add(each);
    stacks.push(each.stack ?? each.message);
  }
  return stacks.length === 0 ? String(error) : stacks.join('\ncaused by ');
}
