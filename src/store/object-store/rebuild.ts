import { maxObjectBytes, type ListedObject, type Objects } from '../objects/objects.ts';
import { queueOf, type Queue } from './at-once.ts';
import type { Noted, RebuiltIndex } from '../store.ts';
import type { ChunkIndex, IndexedObject } from './chunk-index.ts';
import { folders, objectName, readName, type ObjectKey } from './names.ts';
import { readPackIndex } from './packs.ts';

const notedNames = 100;
/** Objects of one chunk that are added at once, after one more listing of them. */
const addedAtOnce = 500;
/** Objects looked at, or such listings, at once. */
const requestsAtOnce = 8;

/**
 * Makes the index agree with what a listing of the store tells, in bounded memory, also while the store is in use. What the index has and
 * the store has too stays as it is, with its last use. What it did not have is used from now on, so a sweep that began before spares it; that includes what was
 * deleted and still lies in a pack.
 *
 * Objects are not read, only the indexes of packs that are new: that an object is there does not prove that it holds what its name says.
 * @param onListed called with the size of each object that was listed
 * @throws what the objects and the index throw; what was done until then stays
 */
export async function rebuildIndex(
  objects: Objects,
  index: ChunkIndex,
  signal?: AbortSignal,
  onListed?: (bytes: number) => void,
): Promise<RebuiltIndex> {
  const found: RebuiltIndex = {
    objects: 0,
    bytes: 0,
    manifests: 0,
    added: noted(),
    missing: noted(),
    damaged: noted(),
    superfluous: noted(),
    foreign: noted(),
  };
  // What is written from now on, the listing may have passed by.
  const epoch = await index.beginEpoch();
  const work: Work = { objects, index, epoch, found, onListed };
  const queue = queueOf(requestsAtOnce);
  try {
    await walk(work, queue, signal);
  } finally {
    await queue.end();
  }
  return found;
}

async function walk(work: Work, queue: Queue, signal: AbortSignal | undefined): Promise<void> {
  const { objects, index, found } = work;
  const sides = { alone: new IndexSide(index, false), packed: new IndexSide(index, true) };
  let added: NamedObject[] = [];
  const addAll = async (): Promise<void> => {
    const batch = added;
    added = [];
    if (batch.length > 0) await queue.start(() => addAlone(work, batch));
  };
  for await (const listed of objects.list('', { signal })) {
    signal?.throwIfAborted();
    const named = readName(listed.name);
    if (named.kind === 'foreign') note(found.foreign, listed.name);
    if (named.kind === 'manifest') found.manifests++;
    if (named.kind !== 'object') continue;
    found.objects++;
    found.bytes += listed.bytes;
    work.onListed?.(listed.bytes);
    const object = { ...listed, key: named.key };
    const side = object.key.packed ? sides.packed : sides.alone;
    for (;;) {
      const first = await side.first();
      if (!first || first.key.id >= object.key.id) break;
      const absent = side.take();
      await queue.start(() => unlisted(work, absent));
    }
    const first = await side.first();
    const indexed = first?.key.id === object.key.id ? side.take() : undefined;
    const isEmpty = !indexed || (!indexed.deleting && indexed.livingBytes === 0);
    if (!isEmpty || object.bytes > maxObjectBytes) await queue.start(() => compare(work, object, indexed));
    else if (object.key.packed) await queue.start(() => addPack(work, object));
    else if (added.push(object) >= addedAtOnce) await addAll();
  }
  await addAll();
  for (const side of [sides.alone, sides.packed]) {
    while (await side.first()) {
      const absent = side.take();
      await queue.start(() => unlisted(work, absent));
    }
  }
}

interface NamedObject extends ListedObject {
  key: ObjectKey;
}

interface Work {
  objects: Objects;
  index: ChunkIndex;
  epoch: number;
  found: RebuiltIndex;
  onListed: ((bytes: number) => void) | undefined;
}

/** The objects of one kind that the index has, in the order of a listing. */
class IndexSide {
  readonly #index: ChunkIndex;
  readonly #packed: boolean;
  #page: IndexedObject[] = [];
  #after = '';
  #ended = false;

  constructor(index: ChunkIndex, packed: boolean) {
    this.#index = index;
    this.#packed = packed;
  }

  async first(): Promise<IndexedObject | undefined> {
    if (this.#page.length === 0 && !this.#ended) {
      this.#page = [...(await this.#index.listObjects({ packed: this.#packed, after: this.#after }))];
      this.#after = this.#page.at(-1)?.key.id ?? '';
      this.#ended = this.#page.length === 0;
    }
    return this.#page[0];
  }

  /** The one that `first` gave. */
  take(): IndexedObject {
    return this.#page.shift()!;
  }
}

async function unlisted(
  { objects, index, epoch, found }: Work,
  { key, deleting }: IndexedObject,
): Promise<void> {
  const name = objectName(key);
  // Being deleted, or being written while the listing went on.
  if (deleting || (await objects.head(name))) return;
  const gone = await index.drop(key, epoch);
  if (gone.length > 0) note(found.missing, name);
}

async function compare(
  { objects, index, found }: Work,
  listed: NamedObject,
  indexed: IndexedObject | undefined,
): Promise<void> {
  if (indexed?.deleting || indexed?.bytes === listed.bytes) return;
  // Written anew since it was listed?
  const facts = await objects.head(listed.name);
  if (facts?.bytes !== listed.bytes) return;
  const chunks = await index.chunksIn(listed.key);
  await index.markDamaged(chunks.map(({ id }) => id));
  note(found.damaged, listed.name);
}

/** Claims before it looks again, so that what it finds then is not deleted meanwhile. */
async function addAlone({ objects, index, found }: Work, batch: readonly NamedObject[]): Promise<void> {
  const claimed = await index.claim(batch);
  const last = batch.at(-1)!.name;
  const there = new Map<string, ListedObject>();
  // Behind the beginning of a name comes that name.
  for await (const listed of objects.list(folders.chunks, { after: batch[0]!.name.slice(0, -1) })) {
    if (listed.name > last) break;
    there.set(listed.name, listed);
  }
  const placed = batch.flatMap(({ name, key }) => {
    const { bytes = Infinity, modifiedAt } = there.get(name) ?? {};
    if (!claimed.has(key.id) || bytes > maxObjectBytes) return [];
    return [{ name, key, chunks: [{ id: key.id, offset: 0, storedBytes: bytes, storedAt: modifiedAt }] }];
  });
  const known = await index.find(placed.map(({ key }) => key.id));
  await index.place(placed);
  for (const { name, key } of placed) {
    note(known.get(key.id)?.damaged === false ? found.superfluous : found.added, name);
  }
}

async function addPack({ objects, index, found }: Work, listed: NamedObject): Promise<void> {
  const { name, key, bytes, modifiedAt } = listed;
  const claimed = await index.claim([listed]);
  if (!claimed.has(key.id)) return;
  const chunks = await readPackIndex(objects, key, bytes);
  if (chunks === 'damaged') {
    // It stays, and the index has nothing of it: what is in it may be wanted by those who repair it.
    await index.drop(key, Number.MAX_SAFE_INTEGER);
    return note(found.damaged, name);
  }
  if (!chunks) return;
  const known = await index.find(chunks.map(({ id }) => id));
  await index.place([{ key, chunks: chunks.map((chunk) => ({ ...chunk, storedAt: modifiedAt })) }]);
  const holds = chunks.some(({ id }) => known.get(id)?.damaged !== false);
  note(holds ? found.added : found.superfluous, name);
}

const noted = (): Noted => ({ count: 0, names: [] });

function note(noted: Noted, name: string): void {
  noted.count++;
  if (noted.names.length < notedNames) noted.names.push(name);
}
