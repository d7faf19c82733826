import { HoldfastError } from '../../base/errors.ts';
import type { StoreSelfTest } from '../../contract/store-test.ts';
import type { Objects } from '../../store/objects/objects.ts';
import type { LockPolicy } from '../../store/store.ts';

/** Long enough for the clocks of both sides to differ, and short enough for the object to be gone the next day. */
const lockMs = 15 * 60_000;

/**
 * Locks an object for some minutes, and tries to delete it for good. Where that is refused, the object stays behind.
 * @throws INVALID_CONFIGURATION where the place does not lock objects
 */
export async function testLock(
  objects: Objects,
  name: string,
  { mode }: LockPolicy,
  signal: AbortSignal | undefined,
): Promise<NonNullable<StoreSelfTest['lock']>> {
  const { keeping } = objects;
  if (!keeping) throw new HoldfastError('INTERNAL', `${objects.address} has no locks to be tested.`);
  const lock = { mode, until: new Date(Date.now() + lockMs) };
  await objects.put(name, Buffer.from('locked for a test'), { lock, signal });
  // A second lock is put on what is there already, as a backup does that relies on it.
  await keeping.lock(name, { mode, until: new Date(lock.until.getTime() + 60_000) }, { signal });
  const deleted = await isAllowed(keeping.deleteForGood(name, { signal }));
  if (deleted) return { mode, holds: false, bypassed: null };
  if (mode === 'compliance') return { mode, holds: true, bypassed: false };
  const bypassed = await isAllowed(keeping.deleteForGood(name, { bypassLock: true, signal }));
  return { mode, holds: true, bypassed };
}

async function isAllowed(work: Promise<void>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'STORE_DENIED') return false;
    throw error;
  }
}
