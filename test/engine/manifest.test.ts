import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import type { HoldfastError } from '../../src/base/errors.ts';
import { ChunkWriter } from '../../src/engine/backup/chunk-writer.ts';
import { documentOf, writePieces, type WrittenPieces } from '../../src/engine/backup/write-manifest.ts';
import { proveInventory } from '../../src/engine/read/inventory.ts';
import { openManifest, readManifest } from '../../src/engine/read/manifest.ts';
import { namesIn } from '../../src/engine/read/names.ts';
import { encodeChunk } from '../../src/format/chunk.ts';
import { parseFormat1 } from '../../src/format/format-1.ts';
import { noGlobals } from '../../src/format/globals.ts';
import { rangeChunks, type Manifest } from '../../src/format/manifest.ts';
import { partKinds, type PartKind } from '../../src/format/parts.ts';
import type { About } from '../../src/format/root.ts';
import { plainKeys, type StoreKeys } from '../../src/format/sealing/keys.ts';
import { newSigningKey } from '../../src/format/sealing/signatures.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { idsIn, namesOf, type Store } from '../../src/store/store.ts';
import { storeKeys } from '../format/sealing/keys.ts';

const golden = parseFormat1(
  JSON.parse(fs.readFileSync(path.join(import.meta.dirname, '../format/golden/v1/manifest.json'), 'utf8')),
);
const sealing = storeKeys();
const signing = newSigningKey();
const about: About = {
  description: 'before the release',
  trigger: 'manual',
  schedule: null,
  dueAt: null,
  startedAt: '2026-01-02T03:04:05.000Z',
  holdfast: '0.1.0',
};

async function write(
  store: Store,
  manifest: Manifest = golden,
  keys: StoreKeys = store.keys,
): Promise<WrittenPieces & ReturnType<typeof documentOf> & { manifest: Manifest }> {
  const fail = (error: unknown): void => assert.fail(String(error));
  const writer = new ChunkWriter({ ...store, keys }, 3, 1, fail);
  const written = await writePieces(manifest, (raw, plain) => writer.put(raw, plain));
  await writer.flush();
  const place = { store: 'a store', counter: 7, previous: null };
  const document = documentOf(written, place, { keys, about, at: new Date('2026-01-02T03:04:06Z') });
  return { ...written, ...document };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const kinds: Record<string, StoreKeys> = {
  'a plain store': plainKeys,
  'a plain store, signed': { sealed: false, sign: signing, verify: [signing.publicKey] },
  'a sealed store': { ...sealing, sealed: true },
  'a sealed store, signed': { ...sealing, sealed: true, sign: signing, verify: [signing.publicKey] },
};
for (const [what, keys] of Object.entries(kinds)) {
  test(`a manifest is read from ${what} as it was written`, async () => {
    const store = memoryStore(keys);
    const { document, manifest, names, header } = await write(store);
    const stored: unknown = JSON.parse(JSON.stringify(document));
    const opened = await openManifest(store, stored, golden.uuid);
    assert.deepEqual(await opened.read(), manifest);
    assert.deepEqual(opened.root?.about, about);
    assert.equal(opened.header?.counter, 7);
    assert.equal(header.sealed, keys.sealed);
    assert.deepEqual(await all(opened.tables()), manifest.tables);
    const sequences = (await all(opened.items(['sequences']))).map(({ value }) => value);
    assert.deepEqual(sequences, manifest.sequences);

    // Apart from the numbers of its entries it is what it was.
    const unnumbered = ({ schema, tables, ...rest }: Manifest): unknown => ({
      ...rest,
      format: null,
      schema: {
        ...schema,
        entries: schema.entries.map((entry) => ({ ...entry, id: 0, dependsOn: entry.dependsOn.length })),
      },
      tables: tables.map((table) => ({ ...table, entryId: 0 })),
    });
    assert.deepEqual(unnumbered(manifest), unnumbered(golden));

    // What it needs is known without a key that opens, and is everything.
    const locked: Store = { ...store, keys: { sealed: keys.sealed } };
    const needed = new Set(idsIn(await namesIn(locked, stored, golden.uuid)));
    assert.deepEqual(needed, new Set(idsIn(names)));
    const data = manifest.tables.flatMap(({ ranges }) => rangeChunks(ranges)).map(({ id }) => id);
    for (const id of [...data, ...store.chunks.keys()]) assert.ok(needed.has(id));
    assert.equal(
      needed.size,
      new Set([...data, ...manifest.largeObjects.chunks.map(({ id }) => id), ...store.chunks.keys()]).size,
    );
  });
}

test('what is in a sealed store shows nothing of a manifest, and is not opened without the key', async () => {
  const store = memoryStore({ ...sealing, sealed: true });
  const { document } = await write(store);
  const table = golden.tables[0]!.name;
  const shown = [
    JSON.stringify(document),
    ...[...store.chunks.values()].map(({ frame }) => Buffer.from(frame).toString('latin1')),
  ];
  for (const text of shown) assert.ok(!text.includes(table) && !text.includes('release'));
  const locked: Store = { ...store, keys: { sealed: true, seal: sealing.seal } };
  await assert.rejects(readManifest(locked, document), { code: 'KEY_REQUIRED' });
});

/** A backup of globals has nothing of a database, so that two manifests have a part of each kind. */
const ofGlobals: Manifest = {
  ...golden,
  type: 'globals',
  schema: { ...golden.schema, entries: [], leftOut: [] },
  tables: [],
  sequences: [],
  largeObjects: { ...golden.largeObjects, objects: [], chunks: [], rows: 0, rawBytes: 0 },
  totals: { ...golden.totals, tables: 0, rows: 0, rawBytes: 0, largeObjects: 0 },
  globals: {
    ...noGlobals('none'),
    settings: [{ role: null, database: 'shop', name: 'work_mem', value: '8MB' }],
  },
};

test('a part that is missing or damaged is named, and the store knows of it', async () => {
  const kinds = [...(await spoilEachPart(golden)), ...(await spoilEachPart(ofGlobals))];
  assert.deepEqual(new Set(kinds), new Set(partKinds.filter((kind) => kind !== 'warnings')));
});

/** @returns the kinds of its parts */
async function spoilEachPart(manifest: Manifest): Promise<PartKind[]> {
  const store = memoryStore();
  const { document } = await write(store, manifest);
  const { root } = await openManifest(store, document);
  for (const { kind, id } of root!.parts) {
    const kept = store.chunks.get(id)!;
    const frame = kept.frame.slice();
    frame[9] = frame[9]! ^ 1;
    store.chunks.set(id, { ...kept, frame });
    const named = new RegExp(`a part of the manifest of the backup: its ${kind}`);
    await assert.rejects(readManifest(store, document), { code: 'CHUNK_CORRUPT', message: named });
    assert.ok(store.chunks.get(id)!.damaged);
    store.chunks.delete(id);
    await assert.rejects(readManifest(store, document), { code: 'CHUNK_MISSING', message: named });
    // The next backup stores it again.
    await write(store, manifest);
    await readManifest(store, document);
  }
  return root!.parts.map(({ kind }) => kind);
}

test('an inventory that does not list everything is found out', async () => {
  const store = memoryStore();
  const { document, manifest, header } = await write(store);
  await proveInventory(store, document, manifest);
  const { id } = header.inventory[0]!;
  const lines = zstdDecompressSync(store.chunks.get(id)!.frame).toString().split('\n').slice(0, -1);
  assert.ok(new Set(lines).size > 10);
  for (const [at, line] of lines.entries()) {
    if (lines.indexOf(line) !== lines.lastIndexOf(line)) continue;
    const raw = new Uint8Array(Buffer.from(`${lines.toSpliced(at, 1).join('\n')}\n`));
    const { chunk } = await encodeChunk(raw, 1, undefined);
    await store.putChunks([{ ...chunk, rows: 0 }]);
    const { frame: _, ...reference } = chunk;
    const changed = { ...header, inventory: [{ ...reference, items: lines.length - 1 }] };
    await assert.rejects(
      proveInventory(store, { ...document, header: JSON.stringify(changed) }, manifest),
      (error: HoldfastError) =>
        error.code === 'MANIFEST_INVALID' && JSON.stringify(error.details).includes(line.slice(0, 64)),
    );
  }
});

test('what a backup needs is known without a chunk of its inventory, where the manifest can be opened', async () => {
  for (const keys of [plainKeys, { ...sealing, sealed: true }]) {
    const store = memoryStore(keys);
    const { document, names, header } = await write(store);
    const { id } = header.inventory[0]!;
    store.chunks.delete(id);
    const found = new Set(idsIn(await namesIn(store, document, golden.uuid)));
    assert.deepEqual(found, new Set(idsIn(names)));
    assert.equal((await store.lackingChunks(namesOf([id]))).missing, 1);
    // Where it cannot, it is the inventory that is lacking.
    const locked: Store = { ...store, keys: { sealed: true } };
    if (keys.sealed) await assert.rejects(namesIn(locked, document, golden.uuid), { code: 'CHUNK_MISSING' });
    const { root } = await openManifest(store, document);
    store.chunks.delete(root!.parts.find(({ kind }) => kind === 'tables')!.id);
    await assert.rejects(namesIn(store, document, golden.uuid), {
      code: 'CHUNK_MISSING',
      message: /its inventory/,
    });
  }
});
