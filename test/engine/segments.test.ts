import { oneInTurn } from '../support/servers.ts';
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { sqlFormats } from '../../src/contract/backup.ts';
import { HoldfastError } from '../../src/base/errors.ts';
import { copyBackup } from '../../src/engine/copy/copy.ts';
import { exportSql } from '../../src/engine/read/download.ts';
import { proveInventory } from '../../src/engine/read/inventory.ts';
import { readManifest } from '../../src/engine/read/manifest.ts';
import { verifyBackup } from '../../src/engine/read/verify.ts';
import { rangeChunks, type Manifest, type ManifestRange } from '../../src/format/manifest.ts';
import { plainKeys, type StoreKeys } from '../../src/format/sealing/keys.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { storeKeys } from '../format/sealing/keys.ts';
import { createKitchenSink } from '../kitchen-sink/kitchen-sink.ts';
import { assertSameDatabase, contents } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { psqlOrSkip } from '../support/psql.ts';
import { runRestore, takeBackup } from './runs.ts';
import { psql, script } from './script.ts';
import { inSegments, seeded, type Scatter } from './segments.ts';

/* Backups whose ranges have several segments, with lines in them that are no rows: they read as any other backup does. */

const control = { signal: new AbortController().signal, report: () => {} };
const sealed: StoreKeys = { sealed: true, ...storeKeys() };
const kinds: Record<string, StoreKeys> = { plain: plainKeys, sealed };

const rangesOf = ({ tables }: Manifest): ManifestRange[] => tables.flatMap(({ ranges }) => ranges);

async function text(store: Store, manifest: Manifest, format: 'sql' | 'sql.zst'): Promise<Buffer> {
  return Buffer.concat(await Readable.fromWeb(exportSql(store, manifest, format) as never).toArray());
}

for (const [kind, keys] of oneInTurn(Object.entries(kinds))) {
  test(
    `the kitchen sink in segments, in a ${kind} store: verified, restored, downloaded, copied`,
    psqlOrSkip,
    async (t) => {
      const db = await testDatabase(t);
      await createKitchenSink(db.client, 18);
      const store = memoryStore(keys);
      const whole = await takeBackup(db.target, store);
      const seed = Date.now() % 1_000_000;
      t.diagnostic(`seed ${seed}`);
      const manifest = await inSegments(store, whole, seeded(seed));
      assert.ok(rangesOf(manifest).some(({ drops }) => drops));
      assert.ok(rangesOf(manifest).some(({ segments }) => segments.length > 2));
      assert.deepEqual(
        manifest.tables.map(({ rows, rawBytes }) => [rows, rawBytes]),
        whole.tables.map(({ rows, rawBytes }) => [rows, rawBytes]),
        'what is no row is not counted',
      );
      const report = await verifyBackup(store, manifest, control);
      assert.equal(report.rows, whole.totals.rows + whole.largeObjects.rows);
      await proveInventory(store, await store.getManifest(manifest.uuid), manifest);

      const database = db.freeName();
      await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database } });
      const restored = await db.adopt(database);
      await assertSameDatabase(restored.target, db.target);
      const before = await contents(restored.client);
      await runRestore(restored.target, store, manifest, { target: { mode: 'in-place' } });
      assert.deepEqual(await contents(restored.client), before);

      for (const format of sqlFormats) {
        const empty = await db.createDatabase();
        await psql(empty.connectionString, script(store, manifest, format));
        await assertSameDatabase(empty.target, db.target);
      }

      for (const otherKeys of [keys, { sealed: true, ...storeKeys() } as StoreKeys]) {
        const other = memoryStore(otherKeys);
        await copyBackup(store, other, { uuid: manifest.uuid, compressionLevel: 1 }, control);
        const document = await other.getManifest(manifest.uuid);
        const copy = await readManifest(other, document, manifest.uuid);
        await proveInventory(other, document, copy);
        assert.equal((await verifyBackup(other, copy, control)).rows, report.rows);
        const unrestricted = (script: Buffer): string =>
          script.toString('latin1').replaceAll(/restrict [0-9a-f]{64}/g, 'restrict');
        const [copied, original] = [await text(other, copy, 'sql'), await text(store, manifest, 'sql')];
        assert.ok(unrestricted(copied) === unrestricted(original));
      }
    },
  );
}

/** One table with drops, and one without. */
const scatter = (table: string): Scatter => ({ segments: 4, dead: table === 't' ? 20 : 0 });

const shop = `create table t as select i, md5(i::text) || repeat('x', i % 200) as word from generate_series(1, 20000) i;
  create table u as select i from generate_series(1, 5) i`;

test('of a download, only ranges with drops are encoded again', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(shop);
  const store = memoryStore();
  const manifest = await inSegments(store, await takeBackup(db.target, store), seeded(5), scatter);
  const bytes = await text(store, manifest, 'sql.zst');
  const [dropping, others] = [true, false].map((has) =>
    rangesOf(manifest).filter(({ drops }) => (drops !== undefined) === has),
  );
  assert.ok(dropping!.length > 0 && others!.length > 0, 'both are there');
  const has = ({ id }: { id: string }): boolean => bytes.includes(Buffer.from(store.chunks.get(id)!.frame));
  assert.ok(rangeChunks(others!).every(has));
  assert.ok(!rangeChunks(dropping!).some(has));
});

type Harm = (range: ManifestRange) => ManifestRange;
const first = <T>([value]: readonly T[]): T => value!;
/** Documents that a reader takes, and whose chunks are not what they say. */
const harms: Record<string, Harm> = {
  'a segment has a line more, and the next one less': (range) => ({
    ...range,
    segments: range.segments.map((segment, i) => ({
      ...segment,
      lines: segment.lines + [1, -1, 0][Math.min(i, 2)]!,
    })),
  }),
  'two segments are swapped': (range) => ({ ...range, segments: range.segments.toReversed() }),
  'the drops are another chunk': (range) => ({ ...range, drops: first(first(range.segments).chunks) }),
  'a row less, and its bytes': (range) => ({ ...range, rows: range.rows - 1, rawBytes: range.rawBytes - 34 }),
  'a byte less': (range) => ({ ...range, rawBytes: range.rawBytes - 1 }),
};
for (const [harm, change] of Object.entries(harms)) {
  test(`rows that are not those of the manifest are neither restored, downloaded nor verified: ${harm}`, async (t) => {
    const db = await testDatabase(t);
    await db.client.query(shop);
    const store = memoryStore();
    const backup = await takeBackup(db.target, store);
    const manifest = await inSegments(store, backup, seeded(2), scatter);
    const table = manifest.tables.find(({ name }) => name === 't')!;
    const place = table.ranges.findIndex(({ drops, segments }) => drops && segments.length > 1);
    assert.ok(place >= 0);
    const good = table.ranges[place]!;
    table.ranges[place] = change(good);
    const live = await contents(db.client);
    const corrupt = { code: 'CHUNK_CORRUPT', message: /public\.t/ };
    // The server may be the first to see what is no row.
    const refused = (error: unknown): boolean =>
      error instanceof HoldfastError &&
      ['CHUNK_CORRUPT', 'RESTORE_FAILED'].includes(error.code) &&
      /public\.t/.test(error.message);
    for (const target of [
      { mode: 'in-place' } as const,
      { mode: 'new-database', database: db.freeName() } as const,
    ]) {
      await assert.rejects(runRestore(db.target, store, manifest, { target }), refused);
    }
    assert.deepEqual(await contents(db.client), live, 'nothing was changed');
    await assert.rejects(text(store, manifest, 'sql'), corrupt);
    await assert.rejects(text(store, manifest, 'sql.zst'), corrupt);
    await assert.rejects(verifyBackup(store, manifest, control), corrupt);
    assert.equal(await store.isDamaged(), false, 'the chunks are what was written');
  });
}

for (const harm of ['missing', 'damaged'] as const) {
  test(`drops that are ${harm} are named, and the other tables are verified`, async (t) => {
    const db = await testDatabase(t);
    await db.client.query(shop);
    const store = memoryStore();
    const manifest = await inSegments(store, await takeBackup(db.target, store), seeded(2), scatter);
    const table = manifest.tables.find(({ name }) => name === 't')!;
    const { id } = table.ranges.find(({ drops }) => drops)!.drops!;
    if (harm === 'missing') store.chunks.delete(id);
    else store.chunks.get(id)!.frame[8]! ^= 1;
    const code = harm === 'missing' ? 'CHUNK_MISSING' : 'CHUNK_CORRUPT';
    await assert.rejects(runRestore(db.target, store, manifest, { target: { mode: 'in-place' } }), {
      code,
      message: new RegExp(id),
    });
    await assert.rejects(verifyBackup(store, manifest, control), ({ code: found, details }: any) => {
      assert.equal(found, code);
      assert.deepEqual(details.tables, ['public.t']);
      assert.equal(details.damagedChunks, 1);
      assert.deepEqual(
        details.damages.map(({ chunk }: { chunk: string }) => chunk),
        [id],
        'and nothing of the lines that it is about',
      );
      return true;
    });
  });
}
