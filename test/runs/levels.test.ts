import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { readManifest } from '../../src/engine/read/manifest.ts';
import { openStoreAlone } from '../../src/engine/stores/read-alone.ts';
import { rangeChunks, type Manifest } from '../../src/format/manifest.ts';
import { HoldfastError, type BackupSystem } from '../../src/index.ts';
import { parseAddress } from '../../src/store/objects/address.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { chunksOf, manifestOf, rewriteManifest } from './manifests.ts';
import { sealedSystem, type SealedSystem } from './sealed-system.ts';
import { temporaryStore } from './store-folders.ts';

/*
 * Each level finds what it claims to find, and claims nothing of what it does not look at.
 */

const levels = ['presence', 'checksum', 'content'] as const;
type Level = (typeof levels)[number];

/** Rows that lie in objects of their own, beside small ones in a pack. */
const shop = `${smallShop}; create table wide as select i, md5(i::text) || md5((i + 1)::text) as word from generate_series(1, 300000) i`;

interface Place {
  api: BackupSystem['api'];
  id: number;
  manifest: Manifest;
  identity?: string;
  /** Does something to what is stored of one chunk, and gives back how to undo it. */
  harm(chunk: string, harm: Harm): Promise<() => Promise<void>>;
}

type Harm = 'flip' | 'truncate' | 'delete';
const finders: Record<Harm, readonly Level[]> = {
  delete: ['presence', 'checksum', 'content'],
  truncate: ['presence', 'checksum', 'content'],
  // Where only bytes changed, nobody knows who does not read them.
  flip: ['checksum', 'content'],
};

async function inDirectory(t: TestContext, sealed: boolean): Promise<Place> {
  const system = sealed
    ? await sealedSystem(t, { sql: shop })
    : await (async () => {
        const directory = await temporaryStore(t);
        return { ...(await testSystem(t, { sql: shop, store: `file://${directory}` })), directory };
      })();
  const { api, directory } = system;
  const { id, uuid } = await api.createBackup({ wait: true });
  const identity = sealed ? (system as SealedSystem).recoveryKey : undefined;
  const opened = await openStoreAlone({
    name: 'test',
    address: parseAddress(`file://${directory}`),
    ...(identity === undefined ? {} : { identity }),
  });
  await opened.readIndex();
  const manifest = await readManifest(opened.store, await opened.store.getManifest(uuid), uuid);
  await opened.store.close();
  return {
    api,
    id,
    manifest,
    ...(identity === undefined ? {} : { identity }),
    async harm(chunk, harm) {
      const file = path.join(directory, 'chunks', chunk.slice(0, 2), chunk);
      const before = await fs.readFile(file);
      if (harm === 'delete') await fs.rm(file);
      else if (harm === 'truncate') await fs.truncate(file, before.length - 1);
      else await fs.writeFile(file, before.with(before.length >> 1, before[before.length >> 1]! ^ 4));
      return () => fs.writeFile(file, before);
    },
  };
}

async function inDatabase(t: TestContext): Promise<Place> {
  const system = await testSystem(t, { sql: shop });
  const { api, db } = system;
  const { id } = await api.createBackup({ wait: true });
  const own = `id = decode($1, 'hex')`;
  return {
    api,
    id,
    manifest: await manifestOf(system, id),
    async harm(chunk, harm) {
      await db.client.query(
        `create table kept as select * from system_backup_chunks where ${own}`.replace('$1', `'${chunk}'`),
      );
      const text = `data->>'data'`;
      const set = (value: string) =>
        `update system_backup_chunks set data = jsonb_set(data, '{data}', to_jsonb(${value})) where ${own}`;
      const middle = `length(${text}) / 2`;
      await db.client.query(
        harm === 'delete'
          ? `delete from system_backup_chunks where ${own}`
          : harm === 'truncate'
            ? set(`left(${text}, ${middle})`)
            : set(
                `overlay(${text} placing case substr(${text}, ${middle}, 1) when 'A' then 'B' else 'A' end from ${middle} for 1)`,
              ),
        [chunk],
      );
      return async () => {
        await db.client.query(`delete from system_backup_chunks where ${own}`, [chunk]);
        await db.client.query(`insert into system_backup_chunks select * from kept; drop table kept`);
      };
    },
  };
}

const places: Record<string, (t: TestContext) => Promise<Place>> = {
  'in the database': inDatabase,
  'in a directory': (t) => inDirectory(t, false),
  'in a sealed directory': (t) => inDirectory(t, true),
};

for (const [where, open] of Object.entries(places)) {
  test(`${where}: each level finds what it claims to find`, async (t) => {
    const place = await open(t);
    const { api, id, manifest, identity } = place;
    const wide = manifest.tables.find(({ name }) => name === 'wide')!;
    const at = wide.ranges.findIndex((_, i) => i === 1);
    const range = wide.ranges[at]!;
    const [chunk] = rangeChunks([range]);
    const before = wide.ranges[0]!.rows;
    const verify = (level: Level) =>
      api.verifyBackup(id, { level, wait: true, ...(level === 'content' && identity ? { identity } : {}) });
    for (const level of levels) {
      const { report, level: kept } = await verify(level);
      assert.equal(kept, level);
      assert.equal(report!.level, level);
      assert.equal(report!.rows, level === 'content' ? 300_550 : null);
      assert.ok(report!.chunks === report!.of && report!.chunks >= 4, JSON.stringify(report));
    }
    if (identity) await assert.rejects(api.verifyBackup(id, { wait: true }), { code: 'KEY_REQUIRED' });
    for (const [harm, finding] of Object.entries(finders)) {
      for (const level of levels) {
        const undo = await place.harm(chunk!.id, harm as Harm);
        const what = `${harm}, ${level}`;
        if (!finding.includes(level)) {
          assert.match((await verify(level)).report!.proved, /what they hold was not read/, what);
          await undo();
          continue;
        }
        await assert.rejects(verify(level), (error: HoldfastError) => {
          assert.equal(error.code, harm === 'delete' ? 'CHUNK_MISSING' : 'CHUNK_CORRUPT', what);
          const { lost, damagedChunks } = error.details as { lost: unknown[]; damagedChunks: number };
          assert.equal(damagedChunks, 1, what);
          // Without a key nobody can say which rows they are.
          const rows = {
            table: 'public.wide',
            firstRow: before + 1,
            rows: range.rows,
            of: 300_000,
            fromBlock: range.fromBlock,
            toBlock: range.toBlock,
          };
          assert.deepEqual(lost, identity && level !== 'content' ? [] : [rows], what);
          return true;
        });
        const { damaged, damage } = await api.getBackup(id);
        assert.equal(damaged, true, what);
        if (!identity) {
          assert.equal(damage!.lost[0]!.firstRow, before + 1, what);
          assert.match(
            damage!.message,
            /Lost, at most: rows [\d,]+ to [\d,]+ of 300,000 in public\.wide \(/,
            what,
          );
        }
        await undo();
        // It is stored again by what has it still.
        const { id: next } = await api.createBackup({ wait: true });
        await api.deleteBackup(next);
        assert.equal((await api.getBackup(id)).damaged, false, what);
        await verify('content');
      }
    }
  });
}

test('counts that the manifest does not have are found by content alone', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await rewriteManifest({ db }, id, (document) => void (document.tables[0].rows = 49));
  await api.verifyBackup(id, { level: 'presence', wait: true });
  await api.verifyBackup(id, { level: 'checksum', wait: true });
  await assert.rejects(api.verifyBackup(id, { wait: true }), {
    code: 'CHUNK_CORRUPT',
    message: /Lost, at most: all 49 rows of public\.customers\.$/,
  });
});

test('a share of the chunks proves no more than that, and content alone says verified', async (t) => {
  const system = await testSystem(t, { sql: shop });
  const { api, call } = system;
  const { id } = await api.createBackup({ wait: true });
  const { report } = await api.verifyBackup(id, { level: 'checksum', share: 0.5, wait: true });
  assert.ok(report!.chunks >= 1 && report!.chunks <= report!.of);
  const none = await api.verifyBackup(id, { level: 'checksum', share: 0.000_001, wait: true });
  assert.deepEqual([none.share, none.report!.chunks], [0.000_001, 1]);
  assert.match(
    none.report!.proved,
    /^The stored bytes of 1 chunk of \d+, chosen at random, are those that were written/,
  );
  assert.equal((await api.getBackup(id)).verifiedAt, null);
  for (const body of [
    { level: 'content', share: 0.5 },
    { share: 0.5 },
    { level: 'checksum', share: 0 },
    { level: 'all' },
  ]) {
    const { status } = await call('POST', `/api/admin/backup/${id}/verify`, { body });
    assert.equal(status, 400, JSON.stringify(body));
  }
  // What is known to be damaged stays so until something is proved that says otherwise.
  const [chunk] = await chunksOf(system, id, 'orders');
  await system.db.client.query(
    `update system_backup_chunks set damaged_at = now() where id = decode($1, 'hex')`,
    [chunk],
  );
  await assert.rejects(api.verifyBackup(id, { level: 'presence', wait: true }), { code: 'CHUNK_CORRUPT' });
});
