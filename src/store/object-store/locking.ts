import type { ObjectLock } from '../objects/objects.ts';
import { tryEach } from './at-once.ts';
import { isOutside, objectName, type ObjectKey } from './names.ts';
import { nameBytes, type LockPolicy } from '../store.ts';
import type { Parts } from './reading.ts';

const dayMs = 24 * 3_600_000;
/** Chunks whose objects are looked for at once. */
const namesAtOnce = 10_000;

/** Until when what a backup of now needs is to be locked at least. */
function neededUntil({ days }: LockPolicy): Date {
  return new Date(Date.now() + days * dayMs);
}

/**
 * A lock that is put now. It lasts a quarter longer than needed, so that an object which backup after backup relies on is locked
 * again once in that time and not by each of them.
 */
export function lockFromNow(policy: LockPolicy): ObjectLock;
export function lockFromNow(policy: LockPolicy | undefined): ObjectLock | undefined;
export function lockFromNow(policy: LockPolicy | undefined): ObjectLock | undefined {
  if (!policy) return undefined;
  const spareMs = Math.max(1, Math.ceil(policy.days / 4)) * dayMs;
  return { mode: policy.mode, until: new Date(neededUntil(policy).getTime() + spareMs) };
}

/** Notes the lock with which objects were put. */
export async function noteLock(
  { index }: Pick<Parts, 'index'>,
  keys: readonly ObjectKey[],
  lock: ObjectLock | undefined,
): Promise<void> {
  if (lock && keys.length > 0) await index.noteLocked(keys, lock.until);
}

/**
 * Locks everything that a backup needs for as long as the policy says, before the backup counts: the objects in which its chunks
 * lie, as far as they are not locked long enough, and what opens the store.
 */
export async function lockNeeded(parts: Parts, names: Uint8Array): Promise<void> {
  const { index, lock: policy, objects, lane } = parts;
  if (!policy || !objects.keeping) return;
  const { keeping } = objects;
  const until = neededUntil(policy);
  for (let at = 0; at < names.length; at += namesAtOnce * nameBytes) {
    const some = names.subarray(at, at + namesAtOnce * nameBytes);
    for (;;) {
      const keys = await index.unlocked(some, until);
      if (keys.length === 0) break;
      const lock = lockFromNow(policy);
      const { done, failure } = await tryEach(lane, keys, (key) => keeping.lock(objectName(key), lock));
      await noteLock(parts, done, lock);
      if (failure) throw failure.error;
    }
  }
  const opening: string[] = [];
  for await (const { name } of objects.list('keys/')) if (isOutside(name)) opening.push(name);
  const { failure } = await tryEach(lane, [...opening, 'holdfast.json'], (name) =>
    keeping.lock(name, lockFromNow(policy)),
  );
  if (failure) throw failure.error;
}
