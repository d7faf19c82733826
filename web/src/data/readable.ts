import { ApiError, client } from './client.ts';

/**
 * A run that lacks a key fails only once it has begun; this finds out before it is ordered.
 * @throws KEY_REQUIRED
 */
export async function requireReadable(backupId: number): Promise<void> {
  const { contentsError } = await client.getBackup(backupId);
  if (contentsError?.code === 'KEY_REQUIRED') throw new ApiError(409, contentsError);
}
