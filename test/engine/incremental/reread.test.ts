import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as zlib from 'node:zlib';
import { isDueAgain } from '../../../src/engine/backup/reread.ts';
import type { KnownRange } from '../../../src/engine/backup/known-ranges.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { testDatabase } from '../../support/database.ts';
import { exactBackup } from './exact-backup.ts';
import { memoryPlace, type MemoryPlace } from './known-place.ts';

const day = 24 * 3_600_000;
const log = `create table log (id bigserial primary key, what text);
  insert into log (what) select repeat(md5(i::text), 10) from generate_series(1, 60000) i`;

/** Changes what is known, as nothing of ours does. */
function tamper(place: MemoryPlace, change: (ranges: KnownRange[]) => void): void {
  for (const piece of place.pieces.values()) {
    const content = JSON.parse(zlib.zstdDecompressSync(piece.content).toString());
    change(content.ranges);
    piece.content = zlib.zstdCompressSync(JSON.stringify(content));
  }
}

test('within so many days each range is due once, and never all at the same time', () => {
  const due = (days: number): number =>
    Array.from({ length: 1_000 }, (_, i) =>
      isDueAgain(16_400, { fromBlock: i * 512, readAtMs: 0 }, 30, days * day),
    ).filter(Boolean).length;
  assert.equal(due(14.9), 0);
  assert.ok(due(16) > 30 && due(16) < 120, String(due(16)));
  assert.ok(due(22.5) > 400 && due(22.5) < 600);
  assert.equal(due(30), 1_000);
  assert.equal(isDueAgain(1, { fromBlock: 0, readAtMs: 0 }, 0, 1e15), false);
});

test('what was read long ago is read again, and is what it was taken to be', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(log);
  const store = memoryStore();
  const known = memoryPlace();
  const take = () => exactBackup(db.target, store, { known, rereadDays: 30 });
  const first = await take();
  assert.equal((await take()).readings[0]!.reason, 'unchanged');
  tamper(known, (ranges) => ranges.forEach((range) => (range.readAtMs -= 31 * day)));
  const stored = store.chunks.size;
  const { manifest, readings } = await take();
  assert.equal(readings[0]!.ranges.unchanged, 0);
  assert.match(readings[0]!.reason, /^unchanged; \d+ ranges read again to prove it$/);
  assert.deepEqual(manifest.tables, first.manifest.tables);
  assert.deepEqual(manifest.warnings, []);
  assert.ok(store.chunks.size <= stored + 10, 'only parts of the manifest are new');
  assert.equal((await take()).readings[0]!.reason, 'unchanged');

  // What changed by row since then is compared too, by its rows.
  for (const id of [100, 200, 300]) {
    await db.client.query('update log set what = $1 where id = $2', ['changed', id]);
    await take();
  }
  tamper(known, (ranges) => ranges.forEach((range) => (range.readAtMs -= 31 * day)));
  assert.deepEqual((await take()).manifest.warnings, []);
});

test('what is not what it was taken to be is a warning, and right in this backup', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(log);
  const store = memoryStore();
  const known = memoryPlace();
  const first = await exactBackup(db.target, store, { known });
  // As if the fingerprint of other rows were the same.
  tamper(known, (ranges) => {
    const [one, other] = ranges as [KnownRange, KnownRange];
    Object.assign(one, { segments: other.segments, rawBytes: other.rawBytes });
  });
  await assert.rejects(exactBackup(db.target, store, { known }), /the rows are those of the snapshot/);
  const { manifest } = await exactBackup(db.target, store, { known, full: true });
  assert.deepEqual(
    manifest.warnings.map(({ code, object }) => [code, object]),
    [['FINGERPRINT_MISMATCH', 'TABLE public.log']],
  );
  assert.deepEqual(manifest.tables, first.manifest.tables);
  assert.deepEqual((await exactBackup(db.target, store, { known })).manifest.warnings, []);
});
