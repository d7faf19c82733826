import { knownDamaged, notThere, otherLength, type AbsentChunk } from '../checks.ts';
import type { ChunkSize } from '../store.ts';
import { tryEach } from './at-once.ts';
import type { FoundChunk } from './chunk-index.ts';
import { folders, objectName } from './names.ts';
import type { Parts } from './reading.ts';

/** How many chunks the index is asked for at once. */
const askedAtOnce = 1_000;
/** Up to this many objects are looked at one by one; more are found sooner in a listing. */
const lookedAt = 500;

/** Of these chunks, those that the index or the place does not have with their length. */
export async function absentChunks(
  parts: Parts,
  chunks: readonly ChunkSize[],
  signal?: AbortSignal,
): Promise<AbsentChunk[]> {
  const expected = new Map(chunks.map(({ id, storedBytes }) => [id, storedBytes]));
  const { absent, placed } = await askIndex(parts, expected, [...expected.keys()]);
  const lacking = await lackingObjects(parts, placed, signal);
  // A sweep may have moved them to another pack since the index was asked.
  const again = await askIndex(
    parts,
    expected,
    lacking.map(({ id }) => id),
  );
  const gone = new Map(lacking.map((chunk) => [chunk.id, chunk]));
  const moved = again.placed.filter(({ id, object }) => object.id !== gone.get(id)!.object.id);
  const still = new Set(again.placed.map(({ id }) => id));
  for (const { id } of moved) still.delete(id);
  const found = [
    ...lacking.filter(({ id }) => still.has(id)),
    ...(await lackingObjects(parts, moved, signal)),
  ];
  return [...absent, ...again.absent, ...found.map(({ id, missing, problem }) => ({ id, missing, problem }))];
}

type Lacking = FoundChunk & AbsentChunk;

async function askIndex(
  { index }: Parts,
  expected: ReadonlyMap<string, number>,
  ids: readonly string[],
): Promise<{ absent: AbsentChunk[]; placed: FoundChunk[] }> {
  const absent: AbsentChunk[] = [];
  const placed: FoundChunk[] = [];
  for (let at = 0; at < ids.length; at += askedAtOnce) {
    const group = ids.slice(at, at + askedAtOnce);
    const found = await index.find(group);
    for (const id of group) {
      const chunk = found.get(id);
      const bytes = expected.get(id)!;
      if (!chunk) absent.push({ id, missing: true, problem: notThere });
      else if (chunk.damaged) absent.push({ id, missing: false, problem: knownDamaged });
      else if (chunk.storedBytes !== bytes) {
        absent.push({ id, missing: false, problem: otherLength(chunk.storedBytes, bytes) });
      } else placed.push(chunk);
    }
  }
  return { absent, placed };
}

/** Of the chunks at these places, those whose object is not there, or too short for them. */
async function lackingObjects(
  parts: Parts,
  placed: readonly FoundChunk[],
  signal: AbortSignal | undefined,
): Promise<Lacking[]> {
  const sizes = await sizesOf(parts, new Set(placed.map(({ object }) => objectName(object))), signal);
  return placed.flatMap((chunk): Lacking[] => {
    const { object, offset, storedBytes } = chunk;
    const bytes = sizes.get(objectName(object));
    if (bytes === undefined) return [{ ...chunk, missing: true, problem: notThere }];
    // Behind its chunks a pack has its own index.
    const fits = object.packed ? offset + storedBytes <= bytes : bytes === storedBytes;
    if (fits) return [];
    const there = object.packed ? Math.max(0, bytes - offset) : bytes;
    return [{ ...chunk, missing: false, problem: otherLength(there, storedBytes) }];
  });
}

/** The lengths of those objects that are there, by name. */
async function sizesOf(
  { objects, lane }: Parts,
  names: ReadonlySet<string>,
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  if (names.size <= lookedAt) {
    const { failure } = await tryEach(lane, [...names], async (name) => {
      const facts = await objects.head(name, { signal });
      if (facts) sizes.set(name, facts.bytes);
    });
    if (failure) throw failure.error;
    return sizes;
  }
  for (const folder of [folders.chunks, folders.packs]) {
    for await (const { name, bytes } of objects.list(folder, { signal })) {
      if (names.has(name)) sizes.set(name, bytes);
    }
  }
  return sizes;
}
