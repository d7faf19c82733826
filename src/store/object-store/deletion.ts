import { tryEach } from './at-once.ts';
import { objectName, type ObjectKey } from './names.ts';
import type { Parts } from './reading.ts';

/** Takes chunks out of the index, then deletes the objects in which none lies any more. */
export async function deleteChunks(
  parts: Parts,
  ids: readonly string[],
  epoch: number,
): Promise<{ chunks: number; bytes: number }> {
  const found = await parts.index.find(ids);
  const deleted = await parts.index.remove(ids, epoch);
  const touched = new Map([...found.values()].map(({ object }) => [objectName(object), object]));
  await deleteEmpty(parts, epoch, [...touched.values()]);
  return deleted;
}

/** @returns how many objects were deleted */
export async function deleteEmpty(
  { objects, index, lane }: Parts,
  epoch: number,
  among?: readonly ObjectKey[],
): Promise<number> {
  if (among?.length === 0) return 0;
  const condemned = await index.condemn(epoch, among);
  if (condemned.length === 0) return 0;
  const { done, failure } = await tryEach(lane, condemned, (key) => objects.delete(objectName(key)));
  await index.forget(done);
  if (failure) throw failure.error;
  return done.length;
}
