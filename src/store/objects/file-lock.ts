import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { storeFailure } from './failure.ts';
import { folderOf, inFolder, temporaryMark, type FileTree } from './file-tree.ts';

/** A lock is held for a comparison and a rename; an older one was left by a process that was killed. */
const staleLockMs = 20_000;
const lockPollMs = 25;

/** Runs `work` while no other process does, for one name. @throws STORE_FAILED when another holds the lock all the time */
export async function underLock<T>(
  tree: FileTree,
  name: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const folder = folderOf(name);
  const lock = inFolder(
    folder,
    `${temporaryMark}lock-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`,
  );
  const giveUpAt = performance.now() + staleLockMs;
  while (!(await tree.makeFolder(lock))) {
    signal.throwIfAborted();
    await pause(lockPollMs * (0.5 + Math.random()), undefined, { signal });
    if (performance.now() < giveUpAt) continue;
    await tree.removeFolder(lock);
    throw storeFailure(
      'STORE_FAILED',
      `Another process was about to replace ${name} in ${tree.address} and has not finished. Its lock has been removed; nothing was written.`,
      { details: { address: tree.address, name } },
    );
  }
  try {
    return await work();
  } finally {
    await tree.removeFolder(lock);
  }
}
