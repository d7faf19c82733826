import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { createStoreKeys } from '../../src/format/sealing/key-set.ts';
import { handOverSigning } from '../../src/format/sealing/key-changes.ts';
import { parseWriterKey } from '../../src/format/sealing/key-files.ts';
import { keyText, signText } from '../../src/format/sealing/signatures.ts';
import { HoldfastError, silentLogger, type ErrorCode } from '../../src/index.ts';
import { smallShop } from '../api/system.ts';
import { filesIn, sealedSystem, type SealedSystem } from './sealed-system.ts';
import { importedFrom } from './store-contents.ts';

/*
 * The attacker can write anything into the store, and into the tables of the catalog that are about stores. It has no key but
 * public ones. Rows that it makes up must never be restored, nor a table's rows under another name, nor an old backup as the latest.
 */

interface Document {
  header: string;
  root: string;
  signature?: unknown;
}

interface Attacked extends SealedSystem {
  /** The older one has other rows. */
  old: { id: number; uuid: string };
  latest: { id: number; uuid: string };
  read(name: string): Promise<string>;
  /** The document of a backup; written, it has a digest that is right. */
  readDocument(uuid: string): Promise<Document>;
  writeDocument(uuid: string, document: object): Promise<void>;
  write(name: string, content: string | Uint8Array): Promise<void>;
}

async function attacked(t: TestContext): Promise<Attacked> {
  const sealed = await sealedSystem(t, {
    sql: `${smallShop}; create table copy_of (like orders); insert into copy_of select * from orders`,
  });
  const { api, db, directory } = sealed;
  const old = await api.createBackup({ wait: true });
  await db.client.query('update orders set amount = amount + 1');
  const latest = await api.createBackup({ wait: true });
  const file = (name: string): string => path.join(directory, name);
  return {
    ...sealed,
    old,
    latest,
    read: (name) => fs.readFile(file(name), 'utf8'),
    write: (name, content) => fs.writeFile(file(name), content),
    async readDocument(uuid) {
      const [text = ''] = (await fs.readFile(file(`backups/${uuid}`), 'utf8')).split('\n');
      return JSON.parse(text) as Document;
    },
    async writeDocument(uuid, document) {
      const text = JSON.stringify(document);
      const digest = JSON.stringify({ sha256: hash('sha256', text, 'hex') });
      await fs.writeFile(file(`backups/${uuid}`), `${text}\n${digest}\n`);
    },
  };
}

async function storeIdOf({ read }: Attacked): Promise<string> {
  const { facts } = JSON.parse(await read('holdfast.json')) as { facts: string };
  return (JSON.parse(facts) as { id: string }).id;
}

/** Whose signatures count in the store, as the catalog has noted it. */
async function pinnedKeys({ db }: SealedSystem): Promise<string[] | null> {
  const { rows } = await db.client.query<{ keys: string[] | null }>(
    'select verification_keys as keys from system_backup_stores',
  );
  assert.equal(rows.length, 1);
  return rows[0]!.keys;
}

/** A fresh process, which has remembered nothing, refuses to restore and to verify. */
async function assertRefused(
  { db, another, options, recoveryKey: identity }: SealedSystem,
  backupId: number,
  codes: readonly ErrorCode[],
): Promise<void> {
  const { api, stop } = another(options);
  const database = db.freeName();
  for (const attempt of [
    () => api.restore({ backupId, target: { mode: 'new-database', database }, identity, wait: true }),
    () => api.verifyBackup(backupId, { identity, wait: true }),
  ]) {
    const error = await attempt().then(
      () => undefined,
      (failure: unknown) => failure as HoldfastError,
    );
    assert.ok(error, 'it was accepted');
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
  }
  const { rows } = await db.client.query('select from pg_database where datname = $1', [database]);
  assert.equal(rows.length, 0);
  await stop();
}

/** What restores are worth nothing without: unchanged it is restored. */
async function assertRestores(
  { db, another, options, recoveryKey: identity }: SealedSystem,
  backupId: number,
): Promise<void> {
  const { api } = another(options);
  const database = db.freeName();
  await api.restore({ backupId, target: { mode: 'new-database', database }, identity, wait: true });
  await db.adopt(database);
}

test('documents that were swapped between backups, or put under another uuid, are refused', async (t) => {
  const store = await attacked(t);
  const [old, latest] = [store.old.uuid, store.latest.uuid];
  const [first, second] = [await store.readDocument(old), await store.readDocument(latest)];
  await assertRestores(store, store.latest.id);
  await store.writeDocument(old, second);
  await store.writeDocument(latest, first);
  await assertRefused(store, store.latest.id, ['BACKUP_ROLLED_BACK']);
  await assertRefused(store, store.old.id, ['MANIFEST_INVALID']);
  // With the other uuid in it, too.
  await store.writeDocument(latest, { ...first, header: first.header.replace(old, latest) });
  await assertRefused(store, store.latest.id, ['SIGNATURE_INVALID']);
});

test('a document that is not signed, or by a key of the attacker, is refused', async (t) => {
  const store = await attacked(t);
  const { uuid, id } = store.latest;
  const document = await store.readDocument(uuid);
  const { signature: _, ...unsigned } = document;
  await store.writeDocument(uuid, unsigned);
  await assertRefused(store, id, ['SIGNATURE_INVALID']);
  const other = parseWriterKey((await createStoreKeys({ recipients: [store.recipient] })).writerKey);
  await store.writeDocument(uuid, { ...unsigned, signature: signText(unsigned.header, other.sign) });
  await assertRefused(store, id, ['SIGNATURE_INVALID']);
  await store.writeDocument(uuid, { format: 'holdfast/1', uuid });
  await assertRefused(store, id, ['SIGNATURE_INVALID']);
  await store.writeDocument(uuid, document);
  await assertRestores(store, id);
});

test('a root that was changed or exchanged is refused', async (t) => {
  const store = await attacked(t);
  const { uuid, id } = store.latest;
  const document = await store.readDocument(uuid);
  const { root } = await store.readDocument(store.old.uuid);
  for (const changed of [root, `${document.root.slice(0, -8)}AAAAAAA=`]) {
    await store.writeDocument(uuid, { ...document, root: changed });
    await assertRefused(store, id, ['MANIFEST_INVALID']);
  }
});

test('rows, parts and inventories that were changed or exchanged in the store are refused', async (t) => {
  const store = await attacked(t);
  const objects = [...(await filesIn(store.directory))].filter(([name]) => /^(packs|chunks)\//.test(name));
  assert.ok(objects.length > 0);
  for (const [name, content] of objects) {
    // Every part of every object, so that rows, parts of manifests and inventories are among them.
    const changed = Buffer.from(content);
    for (let at = 100; at < changed.length; at += 97) changed[at]! ^= 1;
    await store.write(name, changed);
  }
  await assertRefused(store, store.latest.id, ['CHUNK_CORRUPT', 'CHUNK_MISSING', 'MANIFEST_INVALID']);
});

test('an index that shows chunks where other chunks are restores no table under the name of another', async (t) => {
  const store = await attacked(t);
  const { client } = store.db;
  // Every chunk shows to the place of the next one.
  await client.query(`
    with numbered as (select store, id, row_number() over (order by id) as n, count(*) over () as total from system_backup_store_chunks),
      places as (select object, pack_offset, stored_bytes, stored_hash, row_number() over (order by id) as n from system_backup_store_chunks)
    update system_backup_store_chunks c
       set object = places.object, pack_offset = places.pack_offset, stored_bytes = places.stored_bytes, stored_hash = places.stored_hash
      from numbered join places on places.n = numbered.n % numbered.total + 1
     where c.store = numbered.store and c.id = numbered.id`);
  await assertRefused(store, store.latest.id, ['CHUNK_CORRUPT', 'CHUNK_MISSING']);
});

test('a store whose description, keys or signing key are those of the attacker is refused, and nothing is sealed to them', async (t) => {
  const store = await attacked(t);
  const before = await store.read('holdfast.json');
  const { id } = JSON.parse((JSON.parse(before) as { facts: string }).facts) as { id: string };
  const theirs = await createStoreKeys({ recipients: [store.recipient] });
  // Under the id of the store, signed by the key of the attacker, sealed to the recovery key, which is public.
  const facts = (JSON.parse(theirs.description) as { facts: string }).facts.replace(
    parseWriterKey(theirs.writerKey).store,
    id,
  );
  const description = JSON.stringify({
    ...(JSON.parse(theirs.description) as object),
    facts,
    signature: signText(facts, parseWriterKey(theirs.writerKey).sign),
  });
  await store.write('holdfast.json', description);
  for (const [name, content] of theirs.wrappedKeys) await store.write(name, content);
  await assertRefused(store, store.latest.id, ['SIGNATURE_INVALID']);
  const names = [...(await filesIn(store.directory)).keys()];
  await assert.rejects(store.another(store.options).api.createBackup({ wait: true }), {
    code: 'SIGNATURE_INVALID',
  });
  assert.deepEqual(
    [...(await filesIn(store.directory)).keys()],
    names,
    'a writer seals nothing to a key that is not its own',
  );
  // Not encrypted, it says.
  const plain = {
    kind: 'holdfast store',
    id,
    created: new Date().toISOString(),
    sealed: false,
    recipient: null,
    verificationKeys: [],
  };
  await store.write(
    'holdfast.json',
    JSON.stringify({ format: 'holdfast-store/1', facts: JSON.stringify(plain), handOvers: [] }),
  );
  await assertRefused(store, store.latest.id, ['SIGNATURE_INVALID']);
  // The keys alone: the right ones are in the writer key too.
  await store.write('holdfast.json', before);
  await assertRestores(store, store.latest.id);
});

test('a store that was replaced as a whole is refused by those who hold no key too, because the catalog knows whose signatures count', async (t) => {
  const store = await attacked(t);
  const { db, directory, options, recipient, secret: identity } = store;
  const id = await storeIdOf(store);
  const made = await createStoreKeys({ recipients: [recipient] });
  const writerKey = made.writerKey.replaceAll(parseWriterKey(made.writerKey).store, id);
  const theirs = await sealedSystem(t, { writerKey });
  const forged = await theirs.api.createBackup({ wait: true });
  await fs.rm(directory, { recursive: true });
  await fs.cp(theirs.directory, directory, { recursive: true });

  const keyless: object = { ...options, writerKey: undefined };
  const name = (await store.api.listStores()).stores.find(({ role }) => role === 'written')!.name;
  const restoreTo = db.freeName();
  const refused = { code: 'SIGNATURE_INVALID' };
  // A run is performed by any process that there is.
  await store.system.stop();
  const { api: reader, stop } = store.another(keyless);
  await assert.rejects(importedFrom(reader, name, { identity }), refused);
  await assert.rejects(reader.verifyBackup(store.latest.id, { identity, wait: true }), refused);
  await assert.rejects(
    reader.restore({
      backupId: store.latest.id,
      target: { mode: 'new-database', database: restoreTo },
      identity,
      wait: true,
    }),
    refused,
  );
  await assert.rejects(reader.createBackup({ wait: true }), refused);
  await stop();
  const writing = store.another(options);
  await assert.rejects(writing.api.createBackup({ wait: true }), refused);
  await writing.stop();
  // In a catalog that knows nothing of the store, nothing tells it from the right one; from then on it is the one that is trusted.
  await db.client.query('delete from system_backup_stores');
  const { imported } = await importedFrom(store.another(keyless).api, name, { identity });
  assert.equal(imported.length, 1);
  assert.deepEqual(await pinnedKeys(store), [keyText(parseWriterKey(writerKey).sign.publicKey)]);
  assert.ok(forged.uuid);
});

test('the keys that the catalog knows follow a hand-over, never back, and prove nothing for one who has keys', async (t) => {
  const store = await attacked(t);
  const { options, secret: identity } = store;
  const keyless: object = { ...options, writerKey: undefined };
  const before = await store.read('holdfast.json');
  const wrappedKeys = new Map<string, Uint8Array>();
  const next = await handOverSigning({ description: before, wrappedKeys }, store.writerKey, { retire: true });
  await store.write('holdfast.json', next.description);
  await store.system.stop();
  const nextProcess = store.another({ ...options, writerKey: next.writerKey });
  const latest = await nextProcess.api.createBackup({ wait: true });
  await nextProcess.stop();
  assert.deepEqual(await pinnedKeys(store), [next.verificationKey]);
  const reading = store.another(keyless);
  await reading.api.verifyBackup(latest.id, { identity, wait: true });
  await reading.stop();

  // What was signed by the retired key comes back in no process, also in one that has that key still.
  await store.write('holdfast.json', before);
  for (const process of [keyless, options]) {
    const { api, stop } = store.another(process);
    await assert.rejects(api.verifyBackup(store.old.id, { identity, wait: true }), {
      code: 'SIGNATURE_INVALID',
    });
    await stop();
  }
  await store.write('holdfast.json', next.description);

  // Written into the table: the holder of a key trusts its own alone.
  const thief = await createStoreKeys({ recipients: [store.recipient] });
  const { sign } = parseWriterKey(thief.writerKey);
  const facts = (JSON.parse(thief.description) as { facts: string }).facts.replace(
    parseWriterKey(thief.writerKey).store,
    await storeIdOf(store),
  );
  await store.write(
    'holdfast.json',
    JSON.stringify({ format: 'holdfast-store/1', facts, signature: signText(facts, sign) }),
  );
  await store.db.client.query('update system_backup_stores set verification_keys = $1', [
    [keyText(sign.publicKey)],
  ]);
  await assertRefused(store, latest.id, ['SIGNATURE_INVALID']);
});

test('a turn that was made up stops the writer, and nobody else', async (t) => {
  const store = await attacked(t);
  const writer = { catalog: 'x', turn: 'theirs', host: 'evil', at: new Date().toISOString() };
  await store.write('writer.json', JSON.stringify(writer));
  const { api } = store.another(store.options);
  await assert.rejects(api.createBackup({ wait: true }), { code: 'STORE_TAKEN' });
  await assertRestores(store, store.latest.id);
});

test('what was changed in the tables of a sealed store in the database is refused', async (t) => {
  const store = await sealedSystem(t, { place: 'database' });
  const { api, db } = store;
  const old = await api.createBackup({ wait: true });
  await db.client.query('update orders set amount = amount + 1');
  const latest = await api.createBackup({ wait: true });
  await assertRestores(store, latest.id);
  const set = async (sql: string, codes: ErrorCode[]): Promise<void> => {
    await db.client.query('create table kept as select id, backup_data, manifest_digest from system_backups');
    await db.client.query(`update system_backups b set ${sql} where id = ${latest.id}`);
    await db.client.query(
      `update system_backups set manifest_digest = sha256(convert_to(backup_data::text, 'UTF8')) where manifest_digest is not null`,
    );
    await assertRefused(store, latest.id, codes);
    await db.client.query(
      'update system_backups b set backup_data = k.backup_data, manifest_digest = k.manifest_digest from kept k where k.id = b.id; drop table kept',
    );
  };
  await set(`backup_data = (select backup_data from system_backups where id = ${old.id})`, [
    'MANIFEST_INVALID',
  ]);
  await set(`backup_data = backup_data - 'signature'`, ['SIGNATURE_INVALID']);
  await set(
    `backup_data = jsonb_set(backup_data, '{root}', (select backup_data->'root' from system_backups where id = ${old.id}))`,
    ['MANIFEST_INVALID'],
  );
  await set(
    `backup_data = jsonb_set(backup_data, '{header}', to_jsonb(replace(backup_data->>'header', '"counter":2', '"counter":9')))`,
    ['SIGNATURE_INVALID'],
  );
  await assertRestores(store, latest.id);

  // A plain backup in the place of a sealed one, after what says that the store is sealed was deleted.
  await db.client.query('delete from system_backup_documents; delete from system_backup_stores');
  const plain = store.another({ logger: silentLogger });
  const forged = await plain.api.createBackup({ wait: true });
  await plain.stop();
  for (const id of [forged.id, latest.id]) await assertRefused(store, id, ['SIGNATURE_INVALID']);
  await db.client.query('delete from system_backup_documents; delete from system_backup_stores');
  for (const id of [forged.id, latest.id]) await assertRefused(store, id, ['SIGNATURE_INVALID']);
});
