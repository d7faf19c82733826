import { client, type Cleanup } from '../data/client.ts';

/** One that is written down; only a dry run has no number, and of that nothing is kept. */
export type CleanupRecord = Cleanup & { id: number };

export interface CleanupPage {
  cleanups: CleanupRecord[];
  total: number;
  nextCursor?: string;
}

export async function listCleanups(
  query: { limit: number; cursor?: string },
  call: { signal: AbortSignal },
): Promise<CleanupPage> {
  const page = await client.listCleanups(query, call);
  return { ...page, cleanups: page.cleanups.filter((each): each is CleanupRecord => each.id !== null) };
}
