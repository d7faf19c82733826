import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { StoredChunk } from '../store.ts';
import { tryEach } from './at-once.ts';
import type { PlacedChunk } from './chunk-index.ts';
import { lockFromNow, noteLock } from './locking.ts';
import { objectName, type ObjectKey } from './names.ts';
import { makePack, packBytes, packedBelowBytes } from './packs.ts';
import type { Parts } from './reading.ts';

/** How often an object is written that is deleted meanwhile. Each time a sweep must have begun and come to this very object. */
const attempts = 5;

interface Frame {
  id: string;
  frame: Uint8Array;
  hash?: string | undefined;
}

interface Written {
  key: ObjectKey;
  content: Uint8Array;
  chunks: PlacedChunk[];
  frames: Frame[];
}

/** Stores those that are not there whole. */
export async function putChunks(parts: Parts, chunks: readonly StoredChunk[]): Promise<void> {
  const distinct = [...new Map(chunks.map((chunk) => [chunk.id, chunk])).values()];
  const known = await parts.index.useChunks(
    distinct.map(({ id, frame }) => ({ id, storedBytes: frame.length })),
  );
  const frames = distinct
    .filter(({ id }) => !known.has(id))
    .map(({ id, frame, storedHash }) => ({ id, frame, hash: storedHash }));
  let open = groupsOf(frames).map((group) => objectOf(group));
  for (let attempt = 0; open.length > 0; attempt++) {
    if (attempt === attempts) throw deletedMeanwhile(parts);
    open = await write(parts, open);
  }
}

/** @returns what has to be written once more, where a sweep came in between */
async function write(parts: Parts, open: Written[]): Promise<Written[]> {
  const { objects, index, lane } = parts;
  const claimed = await index.claim(open.map(({ key, content }) => ({ key, bytes: content.length })));
  const mine = open.filter(({ key }) => claimed.has(key.id));
  const lock = lockFromNow(parts.lock);
  const { done, failure } = await tryEach(lane, mine, ({ key, content }) =>
    objects.put(objectName(key), content, { lock, unversioned: true }),
  );
  await noteLock(
    parts,
    done.map(({ key }) => key),
    lock,
  );
  // What was written is there for the next attempt, also where the rest was not.
  const holding = await index.place(done.map(({ key, chunks }) => ({ key, chunks })));
  if (failure) throw failure.error;
  return [
    ...mine.filter(({ key }) => !holding.has(key.id)),
    // The deletion of that name may be under way, and must not meet what is written now.
    ...open
      .filter(({ key }) => !claimed.has(key.id))
      .map(({ frames }) => objectOf(frames, randomBytes(16).toString('hex'))),
  ];
}

function objectOf(frames: Frame[], salt?: string): Written {
  const [first] = frames;
  if (frames.length > 1 || salt !== undefined) return { ...makePack(frames, salt), frames };
  const { id, frame, hash } = first!;
  return {
    key: { id, packed: false },
    content: frame,
    chunks: [{ id, offset: 0, storedBytes: frame.length, hash }],
    frames,
  };
}

/** The chunks of one object each. */
function groupsOf(frames: readonly Frame[]): Frame[][] {
  const groups: Frame[][] = [];
  let pack: Frame[] | undefined;
  let bytes = 0;
  for (const each of frames) {
    if (each.frame.length >= packedBelowBytes) groups.push([each]);
    else if (pack && bytes + each.frame.length <= packBytes) {
      pack.push(each);
      bytes += each.frame.length;
    } else {
      groups.push((pack = [each]));
      bytes = each.frame.length;
    }
  }
  return groups;
}

function deletedMeanwhile({ objects }: Parts): HoldfastError {
  return new HoldfastError(
    'STORE_FAILED',
    `Chunks were deleted from ${objects.address} as soon as they were written, ${attempts} times.`,
    { hint: 'Cleanups run one after another without a pause. Let them end, then take the backup again.' },
  );
}
