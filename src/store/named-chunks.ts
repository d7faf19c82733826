/**
 * Every `id` of 64 hex digits in a manifest's JSON, as PostgreSQL or JSON.stringify writes it. A sweep and the putting of
 * a manifest must mean the same chunks by "named", so both read them here.
 */
export function* namedChunks(json: string): Generator<string, undefined> {
  for (const match of json.matchAll(/"id": ?"([0-9a-f]{64})"/g)) yield match[1]!;
}
