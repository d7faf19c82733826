import { client } from '../data/client.ts';

/** `GET /backup/cleanup`, one entry. */
export interface CleanupRecord {
  id: number;
  startedAt: string;
  finishedAt: string | null;
  trigger: string;
  reason: string;
  dryRun: boolean;
  backups: { id: number; reasons?: string[] }[];
  chunksDeleted: number;
  bytesFreed: number;
  errors: unknown[];
}

export interface CleanupPage {
  cleanups: CleanupRecord[];
  total: number;
  nextCursor?: string;
}

export function listCleanups(
  query: { limit: number; cursor?: string },
  call: { signal: AbortSignal },
): Promise<CleanupPage> {
  return client.listCleanups<CleanupPage>(query, call);
}
