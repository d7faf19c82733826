import { createHash } from 'node:crypto';
import type { FoundChunk, IndexedObject } from './chunk-index.ts';
import { deleteEmpty } from './deletion.ts';
import { lockFromNow, noteLock } from './locking.ts';
import { objectName } from './names.ts';
import { makePack, packBytes } from './packs.ts';
import { readPlaces, type Parts } from './reading.ts';

/** Packs looked at in one round. */
const roundPacks = 50;

/** Deletes what no chunk lies in, then copies what is in use out of packs that are mostly not. */
export async function reclaim(parts: Parts, epoch: number, signal: AbortSignal): Promise<void> {
  do signal.throwIfAborted();
  while ((await deleteEmpty(parts, epoch)) > 0);
  await repack(parts, epoch, signal);
}

/**
 * Where more than half of all that is in packs is not used any more, copies what is in use out of such packs into new ones. Each
 * round is complete in itself: broken off, it leaves packs for the next time. A reader that still looks into a pack which is gone
 * asks the index again.
 */
async function repack(parts: Parts, epoch: number, signal: AbortSignal): Promise<void> {
  const { held, living } = await parts.index.packedBytes();
  if (living * 2 >= held) return;
  let after = '';
  for (;;) {
    signal.throwIfAborted();
    const packs = await parts.index.sparsePacks(epoch, after, roundPacks);
    if (packs.length === 0) return;
    after = packs.at(-1)!.key.id;
    for (const round of roundsOf(packs)) {
      signal.throwIfAborted();
      await copyLiving(parts, round);
      await deleteEmpty(
        parts,
        epoch,
        round.map(({ key }) => key),
      );
    }
  }
}

/** Packs whose chunks in use fill one new pack. */
function roundsOf(packs: readonly IndexedObject[]): IndexedObject[][] {
  const rounds: IndexedObject[][] = [];
  let bytes = 0;
  for (const pack of packs) {
    const round = rounds.at(-1);
    if (round && bytes + pack.livingBytes <= packBytes) {
      round.push(pack);
      bytes += pack.livingBytes;
    } else {
      rounds.push([pack]);
      bytes = pack.livingBytes;
    }
  }
  return rounds;
}

async function copyLiving(parts: Parts, packs: readonly IndexedObject[]): Promise<void> {
  const { objects, index, lane } = parts;
  const chunks: FoundChunk[] = [];
  for (const { key } of packs) chunks.push(...(await index.chunksIn(key)));
  const frames = await readPlaces(parts, chunks);
  const isSound = ({ id, hash }: FoundChunk): boolean => {
    const frame = frames.get(id);
    return frame !== undefined && createHash('sha256').update(frame).digest('hex') === (hash ?? id);
  };
  // What is not what it should be stays where it is, and with it its pack, until it is stored again or needed no more.
  const whole = chunks.filter(({ damaged }) => !damaged);
  const { readable = [], ruined = [] } = Object.groupBy(whole, (chunk) =>
    isSound(chunk) ? 'readable' : 'ruined',
  );
  await index.markDamaged(ruined.map(({ id }) => id));
  if (readable.length === 0) return;
  const pack = makePack(readable.map(({ id, hash }) => ({ id, frame: frames.get(id)!, hash })));
  const claimed = await index.claim([{ key: pack.key, bytes: pack.content.length }]);
  if (!claimed.has(pack.key.id)) return;
  const lock = lockFromNow(parts.lock);
  await lane(() => objects.put(objectName(pack.key), pack.content, { lock, unversioned: true }));
  await noteLock(parts, [pack.key], lock);
  const from = new Map(readable.map(({ id, object }) => [id, object]));
  await index.move(
    pack.key,
    pack.chunks.map((chunk) => ({ chunk, from: from.get(chunk.id)! })),
  );
}
