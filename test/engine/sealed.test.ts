import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { zstdDecompressSync } from 'node:zlib';
import { exportSql } from '../../src/engine/read/download.ts';
import { openHeader } from '../../src/engine/read/manifest.ts';
import { verifyBackup } from '../../src/engine/read/verify.ts';
import { rangeChunks, type Manifest } from '../../src/format/manifest.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { storeKeys } from '../format/sealing/keys.ts';
import { testDatabase } from '../support/database.ts';
import { takeBackup } from './runs.ts';

const { seal, open } = storeKeys();
const control = { signal: new AbortController().signal, report: () => {} };

async function scriptBytes(store: Store, manifest: Manifest, format: 'sql' | 'sql.zst'): Promise<Buffer> {
  return Buffer.concat(await Readable.fromWeb(exportSql(store, manifest, format) as never).toArray());
}

test('a sealed store is written with the writer key, read with the recovery key, and shows no rows', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table narrow as select i, md5(i::text) from generate_series(1, 60000) i;
    create table planted (secret text); insert into planted values ('the planted text')`);
  const kept = memoryStore({ sealed: true, seal });
  const manifest = await takeBackup(db.target, kept);
  const references = manifest.tables.flatMap(({ ranges }) => rangeChunks(ranges));
  assert.ok(references.length >= 2 && references.every(({ storedHash }) => storedHash !== undefined));
  const document = await kept.getManifest(manifest.uuid);
  const { header } = openHeader({ ...kept, keys: { sealed: true } }, document, manifest.uuid);
  const inventory = new Set(header.inventory.map(({ id }) => id));
  for (const [id, { frame }] of kept.chunks) {
    if (inventory.has(id)) continue;
    assert.equal(Buffer.from(frame.subarray(0, 21)).toString(), 'age-encryption.org/v1');
    assert.ok(!Buffer.from(frame).includes('planted'));
  }

  // Nothing is put twice, though it is sealed anew.
  const before = new Set(kept.chunks.keys());
  await takeBackup(db.target, kept);
  assert.deepEqual(new Set(kept.chunks.keys()), before);

  const opened: Store = { ...kept, keys: { sealed: true, seal, open } };
  const report = await verifyBackup(opened, manifest, control);
  assert.equal(report.rows, 60_001);
  // Frames go out as they were before they were sealed, and what they hold is the script.
  const text = await scriptBytes(opened, manifest, 'sql');
  const compressed = await scriptBytes(opened, manifest, 'sql.zst');
  const unrestricted = (script: string): string => script.replaceAll(/restrict [0-9a-f]{64}/g, 'restrict');
  assert.ok(text.includes('the planted text'));
  assert.ok(unrestricted(framesOf(compressed)) === unrestricted(text.toString()));
});

/** Concatenated frames, which zlib reads one at a time. */
function framesOf(bytes: Buffer): string {
  const magic = Buffer.from('28b52ffd', 'hex');
  let text = '';
  for (let from = 0; from < bytes.length;) {
    let to = from;
    for (;;) {
      to = bytes.indexOf(magic, to + 1);
      if (to < 0) to = bytes.length;
      try {
        text += zstdDecompressSync(bytes.subarray(from, to)).toString();
        break;
      } catch (error) {
        if (to === bytes.length) throw error;
      }
    }
    from = to;
  }
  return text;
}

test('a sealed store without the right key says which one it needs, and calls nothing damaged', async (t) => {
  const db = await testDatabase(t);
  await db.client.query('create table t as select i from generate_series(1, 20000) i');
  await assert.rejects(takeBackup(db.target, memoryStore({ sealed: true })), {
    code: 'KEY_REQUIRED',
    hint: /HOLDFAST_WRITER_KEY/,
  });
  const kept = memoryStore({ sealed: true, seal });
  const manifest = await takeBackup(db.target, kept);
  const recoveryKey = { code: 'KEY_REQUIRED', hint: /--identity FILE/ };
  await assert.rejects(verifyBackup(kept, manifest, control), recoveryKey);
  for (const format of ['sql', 'sql.zst'] as const) {
    await assert.rejects(scriptBytes(kept, manifest, format), recoveryKey);
  }
  const foreign: Store = { ...kept, keys: { sealed: true, open: storeKeys().open } };
  await assert.rejects(verifyBackup(foreign, manifest, control), { code: 'CHUNK_CORRUPT' });
  assert.equal(await kept.isDamaged(), false);
});
