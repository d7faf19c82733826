import type { Objects } from '../objects/objects.ts';
import type { LockPolicy, StoredChunk } from '../store.ts';
import type { Lane } from './at-once.ts';
import type { ChunkIndex, FoundChunk } from './chunk-index.ts';
import { objectName } from './names.ts';

/** What reads and writes one store. */
export interface Parts {
  objects: Objects;
  index: ChunkIndex;
  /** Where every request to the objects goes. */
  lane: Lane;
  /** Undefined where objects are not locked. */
  lock: LockPolicy | undefined;
}

/** Chunks of a pack are read with what lies between them, where that is no more than this. */
const gapBytes = 128 * 1024;
/** And at most so much at once. */
const rangeBytes = 4 * 1024 * 1024;

type Frames = Map<string, Uint8Array>;

/** The frames of those that are there. */
export async function readFrames(parts: Parts, ids: readonly string[]): Promise<Frames> {
  const found = await parts.index.find(ids);
  const frames = await readPlaces(parts, [...found.values()]);
  const absent = [...found.keys()].filter((id) => !frames.has(id));
  if (absent.length === 0) return frames;
  // A sweep may have moved them to another pack since the index was asked; it does not do so twice in that time.
  const again = await parts.index.find(absent);
  const moved = [...again.values()].filter(({ id, object }) => object.id !== found.get(id)!.object.id);
  for (const [id, frame] of await readPlaces(parts, moved)) frames.set(id, frame);
  return frames;
}

/** The frames at these places; nothing of what is not there. */
export async function readPlaces(parts: Parts, places: readonly FoundChunk[]): Promise<Frames> {
  const frames: Frames = new Map();
  const alone = places.filter(({ object }) => !object.packed);
  const packs = Map.groupBy(
    places.filter(({ object }) => object.packed),
    ({ object }) => object.id,
  );
  const ranges = [...packs.values()].flatMap(rangesOf);
  await Promise.all([
    ...alone.map(({ id, object }) =>
      parts.lane(async () => {
        const read = await parts.objects.get(objectName(object), { unversioned: true });
        if (read) frames.set(id, read.content);
      }),
    ),
    ...ranges.map((range) => parts.lane(() => readRange(parts.objects, range, frames))),
  ]);
  return frames;
}

/** Neighbours in one pack that are read at once. */
function rangesOf(chunks: readonly FoundChunk[]): FoundChunk[][] {
  const ranges: FoundChunk[][] = [];
  let end = 0;
  for (const chunk of chunks.toSorted((a, b) => a.offset - b.offset)) {
    const range = ranges.at(-1);
    const next = chunk.offset + chunk.storedBytes;
    if (range && chunk.offset - end <= gapBytes && next - range[0]!.offset <= rangeBytes) range.push(chunk);
    else ranges.push([chunk]);
    end = next;
  }
  return ranges;
}

async function readRange(objects: Objects, chunks: readonly FoundChunk[], frames: Frames): Promise<void> {
  const { object, offset } = chunks[0]!;
  const last = chunks.at(-1)!;
  const bytes = last.offset + last.storedBytes - offset;
  // A frame is never empty; what the index says of a foreign pack may be.
  const read = await objects.getRange(objectName(object), { offset, bytes: Math.max(1, bytes) });
  if (read === undefined) return;
  for (const chunk of chunks) {
    const start = chunk.offset - offset;
    const frame = read.subarray(start, start + chunk.storedBytes);
    // A copy: each is the caller's own, who gives its memory back, and one small chunk does not keep all of the range in memory.
    if (frame.length === chunk.storedBytes)
      frames.set(chunk.id, chunks.length > 1 ? new Uint8Array(frame) : frame);
  }
}

/** @returns the ids of those whose stored bytes are not these, or that are damaged or missing; noted in the index */
export async function compareChunks(parts: Parts, chunks: readonly StoredChunk[]): Promise<Set<string>> {
  const { index } = parts;
  const ids = chunks.map(({ id }) => id);
  const found = await index.find(ids);
  const frames = await readFrames(parts, ids);
  const isSame = ({ id, frame }: StoredChunk): boolean => {
    const stored = frames.get(id);
    return stored !== undefined && found.get(id)?.damaged === false && Buffer.compare(stored, frame) === 0;
  };
  const differing = new Set(chunks.filter((chunk) => !isSame(chunk)).map(({ id }) => id));
  await index.markDamaged([...differing]);
  await index.markChecked(ids.filter((id) => !differing.has(id)));
  return differing;
}
