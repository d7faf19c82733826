export function leftBehindSentence(server: string): string {
  return `An unfinished database may still be on ${server}: the next restore onto that server drops it, or drop it by hand.`;
}
