import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { initialize } from '../../src/catalog/initialize.ts';
import { readNames } from '../../src/engine/read/names.ts';
import { openPool, type Pool } from '../../src/postgres/pool.ts';
import { databaseStore } from '../../src/store/database/store.ts';
import { privateServer, type PrivateServer } from '../support/servers.ts';
import { chunkOf } from './conformance.ts';
import { storeTables } from './database-tables.ts';

const pageBytes = 8192;
/** Its rows all belong to the chunk that was stored first. */
const page = 3;

/** What storage can do to a page of the data of the first chunk, and how the server says so. */
const faults = {
  'a page that was lost': Buffer.alloc(pageBytes),
  'a page of something else': randomBytes(pageBytes),
};

async function damagePage(server: PrivateServer, file: string, bytes: Buffer): Promise<void> {
  await server.server.stop('fast');
  const handle = await fs.open(path.join(server.server.dataDirectory, file), 'r+');
  await handle.write(bytes, 0, pageBytes, page * pageBytes);
  await handle.close();
  await server.restart();
}

for (const [what, bytes] of Object.entries(faults)) {
  test(`${what} is the damage of one chunk, which can be stored again`, async (t) => {
    const server = await privateServer(t);
    const open = (): Pool => openPool(server.target(), { max: 2, applicationName: 'test' });
    let pool = open();
    await initialize(pool, 'public');
    let store = databaseStore(pool, storeTables);
    const chunks = Array.from({ length: 3 }, () => chunkOf(randomBytes(40_000))).toSorted((a, b) =>
      a.id < b.id ? -1 : 1,
    );
    const ids = chunks.map(({ id }) => id);
    const [broken, ...others] = ids;
    await store.putChunks(chunks);
    const [file] = await pool.query<{ path: string }>(
      `select pg_relation_filepath(reltoastrelid) as path from pg_class where oid = 'public.system_backup_chunks'::regclass`,
    );
    await pool.query('checkpoint');
    await pool.close();
    await damagePage(server, file!.path, bytes);

    pool = open();
    t.after(() => pool.close());
    store = databaseStore(pool, storeTables);
    await assert.rejects(pool.query('select data::text from public.system_backup_chunks'), {
      details: { sqlState: 'XX001' },
    });
    const frames = await store.getChunks(ids);
    assert.deepEqual(
      frames.map((frame) => frame && Buffer.from(frame)),
      [undefined, ...chunks.slice(1).map(({ frame }) => Buffer.from(frame))],
    );
    assert.deepEqual(await store.compareChunks(chunks), new Set([broken]));
    const sizes = chunks.map(({ id, frame }) => ({ id, storedBytes: frame.length }));
    assert.deepEqual(new Set((await store.useChunks(sizes)).keys()), new Set(others));

    await store.putChunks(chunks);
    assert.deepEqual(await store.compareChunks(chunks), new Set());
    assert.deepEqual(Buffer.from((await store.getChunks([broken!]))[0]!), Buffer.from(chunks[0]!.frame));
    // What cannot even be deleted does not keep a cleanup from deleting the rest.
    const listed: string[] = [];
    for await (const { id } of store.listChunks()) listed.push(id);
    const deleted = await store.deleteChunks(listed, await store.beginEpoch());
    assert.equal(deleted.chunks, 3);
    assert.deepEqual(await store.getChunks(ids), [undefined, undefined, undefined]);
  });
}

test('a manifest that cannot be read is the damage of one backup', async (t) => {
  const server = await privateServer(t);
  const open = (): Pool => openPool(server.target(), { max: 2, applicationName: 'test' });
  let pool = open();
  await initialize(pool, 'public');
  const [first, second] = [randomUUID(), randomUUID()];
  for (const uuid of [first, second]) {
    await pool.query(
      `insert into public.system_backups (uuid, type, status, trigger, store) values ($1, 'full', 'queued', 'manual', 'database')`,
      [uuid],
    );
    await databaseStore(pool, storeTables).putManifest(
      uuid,
      { format: 'holdfast/1', text: randomBytes(40_000).toString('hex') },
      new Uint8Array(),
    );
  }
  const [file] = await pool.query<{ path: string }>(
    `select pg_relation_filepath(reltoastrelid) as path from pg_class where oid = 'public.system_backups'::regclass`,
  );
  await pool.query('checkpoint');
  await pool.close();
  await damagePage(server, file!.path, faults['a page that was lost']);

  pool = open();
  t.after(() => pool.close());
  const store = databaseStore(pool, storeTables);
  for (const read of [() => store.getManifest(first), () => readNames(store, first)]) {
    await assert.rejects(read(), {
      code: 'MANIFEST_INVALID',
      message: new RegExp(`${first} cannot be read`),
    });
  }
  assert.deepEqual(Object.keys((await store.getManifest(second)) as object), ['text', 'format']);
  assert.equal((await readNames(store, second))?.length, 0);
});
