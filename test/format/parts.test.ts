import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assembleManifest } from '../../src/format/assemble.ts';
import { maxChunkBytes } from '../../src/format/chunk.ts';
import { idsOf, inventoryWriter, readInventory } from '../../src/format/inventory.ts';
import { itemsOf } from '../../src/format/manifest-items.ts';
import { rangeChunks, type Manifest, type SchemaEntry } from '../../src/format/manifest.ts';
import { readItems, writeParts, type Item, type Part } from '../../src/format/parts.ts';
import { rootFacts } from '../../src/format/root.ts';
import { withStableIds } from '../../src/format/stable-ids.ts';
import { chunkPlace, madeUpChunk, madeUpManifest, madeUpTable } from './made-up.ts';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const root = (manifest: Manifest, parts: Part[]) => ({ ...rootFacts(manifest), about: null, parts });

/** Text with everything that JSON and lines could trip over, sometimes longer than a part. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('\n', '\r\n', '\u2028', '\u0000', '"\\', '\ud800', '{"table":{}}', ''),
  fc
    .tuple(fc.string({ unit: 'grapheme', maxLength: 5 }), fc.nat(20_000))
    .map(([text, times]) => text.repeat(times)),
);

const anyTables = fc
  .uniqueArray(anyText, { maxLength: 8 })
  .chain((names) =>
    fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), fc.nat(3), fc.nat(100), fc.nat(5)))),
  )
  .map((tables) =>
    tables.map(([name, ranges, chunks, columns]) => madeUpTable(name, ranges, chunks, columns)),
  );

const anyManifest = fc
  .record({
    tables: anyTables,
    sql: fc.array(anyText, { maxLength: 20 }),
    objects: fc.uniqueArray(fc.nat(), { maxLength: 10 }),
    chunks: fc.nat(1_500),
    warnings: fc.array(anyText, { maxLength: 3 }),
  })
  .map(({ tables, sql, objects, chunks, warnings }): Manifest => {
    const manifest = madeUpManifest(tables);
    return {
      ...manifest,
      schema: {
        ...manifest.schema,
        entries: [
          ...manifest.schema.entries,
          ...sql.map((each, i): SchemaEntry => ({
            id: 100_000 + i,
            section: 'pre-data',
            kind: 'FUNCTION',
            schema: null,
            name: each.slice(0, 5),
            owner: null,
            catalogOid: 0,
            oid: 0,
            dependsOn: [],
            sql: each,
            ownerSql: each.slice(0, 10),
          })),
        ],
        leftOut: sql.slice(0, 2).map((each) => ({ kind: 'VIEW', schema: null, name: each, sql: '' })),
      },
      largeObjects: {
        objects: objects.map((oid) => ({ oid, owner: 'shop', sql: '' })),
        chunks: Array.from({ length: chunks }, (_, i) => madeUpChunk(`object ${i}`)),
        rows: chunks,
        rawBytes: 0,
      },
      warnings: warnings.map((message) => ({ code: 'X', object: null, message, table: null })),
      totals: { ...manifest.totals, largeObjects: objects.length },
    };
  });

test('every manifest is read as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(anyManifest, async (made) => {
      const place = chunkPlace();
      const manifest = withStableIds(made);
      const parts = await writeParts(itemsOf(manifest), place.put);
      const read = await assembleManifest(root(manifest, parts), readItems(parts, place.read));
      assert.deepEqual(read, manifest);
      for (const { rawBytes } of parts) assert.ok(rawBytes <= maxChunkBytes);
    }),
    { numRuns: 40 },
  );
});

test('numbers that say what an entry is lead to the entries that they led to', async () => {
  await fc.assert(
    fc.asyncProperty(anyManifest, async (made) => {
      const manifest = withStableIds(made);
      const before = new Map(made.schema.entries.map((entry, at) => [entry.id, at]));
      const after = new Map(manifest.schema.entries.map((entry, at) => [entry.id, at]));
      assert.equal(after.size, manifest.schema.entries.length, 'no number twice');
      const links = (entries: SchemaEntry[], places: Map<number, number>): unknown =>
        entries.map(({ dependsOn }) => new Set(dependsOn.map((id) => places.get(id))));
      assert.deepEqual(links(manifest.schema.entries, after), links(made.schema.entries, before));
      assert.deepEqual(
        manifest.tables.map(({ entryId }) => after.get(entryId!)),
        made.tables.map(({ entryId }) => before.get(entryId!)),
      );
      assert.deepEqual(withStableIds(manifest), manifest, 'numbering again changes nothing');
    }),
    { numRuns: 20 },
  );
});

test('a line that is longer than a chunk goes on in the next ones', async () => {
  const place = chunkPlace();
  const long = (length: number): Item => ({
    kind: 'large-objects',
    name: 'object',
    value: { oid: length, owner: 'ü', sql: 'x'.repeat(length) },
  });
  const items = [long(10), long(2 * maxChunkBytes + 5), long(3), long(maxChunkBytes - 5), long(1)];
  const parts = await writeParts(items, place.put);
  assert.deepEqual(
    parts.map(({ items: lines }) => lines),
    [1, 0, 0, 1, 1, 0, 1, 1].slice(0, parts.length),
  );
  assert.deepEqual(await all(readItems(parts, place.read)), items);
  // One of its pieces alone is not a line.
  await assert.rejects(all(readItems(parts.slice(0, 3), place.read)), {
    code: 'MANIFEST_INVALID',
    message: /midst of a line/,
  });
});

test('the order of kinds is one', async () => {
  const [table] = [...itemsOf(madeUpManifest([madeUpTable('a')]))].filter(({ kind }) => kind === 'tables');
  const warning: Item = {
    kind: 'warnings',
    name: 'warning',
    value: { code: 'X', object: null, message: '', table: null },
  };
  await assert.rejects(writeParts([warning, table!], chunkPlace().put), /tables come before warnings/);
});

/** Ids of the chunks of a manifest and its inventory. */
async function written(manifest: Manifest): Promise<{ parts: Set<string>; inventory: Set<string> }> {
  const place = chunkPlace();
  const parts = await writeParts(itemsOf(withStableIds(manifest)), place.put);
  const inventory = inventoryWriter(place.put);
  for (const { ranges } of manifest.tables) {
    for (const reference of rangeChunks(ranges)) await inventory.add(reference);
  }
  for (const part of parts) await inventory.add(part);
  return {
    parts: new Set(parts.map(({ id }) => id)),
    inventory: new Set((await inventory.end()).map(({ id }) => id)),
  };
}

const names = Array.from({ length: 5_000 }, (_, i) => `table_${String(i).padStart(5, '0')}`);
const changes: Record<
  string,
  { tables: (tables: Manifest['tables']) => Manifest['tables']; parts: number; inventory: number }
> = {
  nothing: { tables: (tables) => tables, parts: 0, inventory: 0 },
  // Of the entries two are new, at two places.
  'a table more': {
    tables: (tables) => tables.toSpliced(2_500, 0, madeUpTable('table_02499a')),
    parts: 3,
    inventory: 2,
  },
  'a table less': { tables: (tables) => tables.toSpliced(1_000, 1), parts: 4, inventory: 2 },
  'rows of one table changed': {
    tables: (tables) =>
      tables.toSpliced(4_000, 1, { ...madeUpTable('table_04000'), ranges: madeUpTable('changed').ranges }),
    parts: 1,
    inventory: 2,
  },
};
test('of the parts of a manifest, only those are new in which something changed', async (t) => {
  const tables = names.map((name) => madeUpTable(name));
  const before = await written(madeUpManifest(tables));
  assert.ok(before.parts.size >= 6);
  for (const [what, change] of Object.entries(changes)) {
    const after = await written(madeUpManifest(change.tables(tables)));
    const newParts = [...after.parts].filter((id) => !before.parts.has(id)).length;
    const newInventory = [...after.inventory].filter((id) => !before.inventory.has(id)).length;
    t.diagnostic(
      `${what}: ${newParts} of ${after.parts.size} parts, ${newInventory} of ${after.inventory.size} of the inventory`,
    );
    assert.ok(newParts <= change.parts, `${what}: ${newParts} new parts`);
    assert.ok(newInventory <= change.inventory, `${what}: ${newInventory} new chunks of the inventory`);
  }
});

test('of a table of 40 000 chunks in one range, a chunk more in its midst makes two parts new', async (t) => {
  const chunks = Array.from({ length: 40_000 }, (_, i) => madeUpChunk(`chunk ${i}`));
  const withChunks = (of: typeof chunks): Manifest => {
    const table = madeUpTable('large');
    table.ranges[0]!.segments[0]!.chunks = of;
    return madeUpManifest([table]);
  };
  const before = await written(withChunks(chunks));
  const after = await written(withChunks(chunks.toSpliced(20_000, 0, madeUpChunk('new'))));
  const added = [...after.parts].filter((id) => !before.parts.has(id)).length;
  const listed = [...after.inventory].filter((id) => !before.inventory.has(id)).length;
  t.diagnostic(
    `${added} of ${after.parts.size} parts, ${listed} of ${after.inventory.size} of the inventory are new`,
  );
  assert.ok(before.parts.size >= 4 && added <= 2 && listed <= 3);
});

test('an inventory is read as it was written, with the names of its own chunks', async () => {
  const place = chunkPlace();
  const references = Array.from({ length: 30_000 }, (_, i) => {
    const { id, storedBytes } = madeUpChunk(`${i % 20_000}`);
    return i % 3 ? { id, storedBytes } : { id, storedBytes, storedHash: madeUpChunk(`stored ${i}`).id };
  });
  const writer = inventoryWriter(place.put);
  for (const reference of references) await writer.add(reference);
  const pieces = await writer.end();
  assert.ok(pieces.length > 1);
  assert.deepEqual(await all(readInventory(pieces, place.read)), references);
  const ids = Buffer.from(await idsOf(pieces, place.read))
    .toString('hex')
    .match(/.{64}/g);
  assert.deepEqual(new Set(ids), new Set([...references, ...pieces].map(({ id }) => id)));
  assert.equal((await idsOf([], place.read)).length, 0);
});
