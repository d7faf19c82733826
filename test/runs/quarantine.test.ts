import assert from 'node:assert/strict';
import { hash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { holdfast } from '../cli/holdfast.ts';
import { sealedSystem, type SealedSystem } from './sealed-system.ts';
import { filesIn } from './store-folders.ts';
import { checked } from './store-contents.ts';

async function refusedIn({ api }: Pick<SealedSystem, 'api'>) {
  const status = await api.status();
  assert.ok(status.initialized);
  return status.health.warnings.flatMap((warning) =>
    warning.code === 'STORE_DOCUMENT_REFUSED' ? [warning] : [],
  );
}

async function documentOf(directory: string, uuid: string): Promise<Record<string, unknown>> {
  const [text = ''] = (await fs.readFile(path.join(directory, 'backups', uuid), 'utf8')).split('\n');
  return JSON.parse(text) as Record<string, unknown>;
}

async function writeDocument(directory: string, uuid: string, document: object): Promise<void> {
  const text = JSON.stringify(document);
  const digest = JSON.stringify({ sha256: hash('sha256', text, 'hex') });
  await fs.writeFile(path.join(directory, 'backups', uuid), `${text}\n${digest}\n`);
}

const chunksOf = async (directory: string): Promise<string[]> =>
  (await filesIn(directory)).filter((file) => /^(chunks|packs)\//.test(file));

test('a forged document stops cleanup, is named with the one command that moves it away, and cleanup goes on', async (t) => {
  const system = await sealedSystem(t);
  const { api, db, directory, writerKey } = system;
  const name = (await api.listStores()).stores.find(({ role }) => role === 'written')!.name;
  const old = await api.createBackup({ wait: true });
  await db.client.query('update orders set amount = amount + 1');
  const kept = await api.createBackup({ wait: true });
  // The attacker writes what it has seen, under another name: nothing in it is signed for that.
  const uuid = randomUUID();
  await writeDocument(directory, uuid, await documentOf(directory, old.uuid));
  const before = await chunksOf(directory);
  await api.deleteBackup(old.id);
  await assert.rejects(api.cleanUp({ wait: true }), { code: 'MANIFEST_INVALID' });
  assert.deepEqual(await chunksOf(directory), before, 'nothing was freed');

  const [warning, ...others] = await refusedIn(system);
  assert.deepEqual(others, []);
  assert.deepEqual(
    [warning!.store, warning!.object, warning!.uuid, warning!.backupId, warning!.documents],
    [name, `backups/${uuid}`, uuid, null, 1],
  );
  const command = `holdfast store quarantine ${name} ${uuid}`;
  assert.ok(warning!.message.includes(`The object backups/${uuid} in the store ${name} cannot be believed`));
  assert.ok(warning!.message.includes(command), warning!.message);
  // And so it is told on the command line, whose command is done as it is written.
  const key = path.join(directory, '..', `${path.basename(directory)}.writer.key`);
  await fs.writeFile(key, writerKey);
  t.after(() => fs.rm(key, { force: true }));
  const env = { HOLDFAST_STORE: `${name}=file://${directory}`, HOLDFAST_WRITER_KEY: key };
  const done = await holdfast(command.split(' ').slice(1), { url: db.connectionString, env });
  assert.equal(done.code, 0, done.stderr);
  assert.match(done.stdout, /is out of the way\. It is kept as quarantine\//);

  const files = await filesIn(directory);
  assert.ok(!files.includes(`backups/${uuid}`));
  assert.equal(files.filter((file) => file.startsWith('quarantine/')).length, 1);
  assert.deepEqual(await refusedIn(system), []);
  await api.cleanUp({ wait: true });
  // It may be what is left of a good one: what it claims to need stays as long as it does.
  assert.deepEqual(await chunksOf(directory), before);
  assert.deepEqual((await checked(api, name)).index?.foreign.count, 0);
  await fs.rm(path.join(directory, 'quarantine'), { recursive: true });
  const { bytesFreed } = await api.cleanUp({ wait: true });
  assert.ok(bytesFreed > 0 || (await chunksOf(directory)).length < before.length);
  await system.another({ ...system.options, identity: system.recoveryKey }).api.verifyBackup(kept.id, {
    wait: true,
  });
});

test('what is needed by a good backup stays: a document of one is not moved away, nor what can be believed', async (t) => {
  const system = await sealedSystem(t);
  const { api, directory } = system;
  const name = (await api.listStores()).stores.find(({ role }) => role === 'written')!.name;
  const first = await api.createBackup({ wait: true });
  const second = await api.createBackup({ wait: true });
  await assert.rejects(api.setDocumentAside(name, { uuid: first.uuid }), { code: 'INVALID_REQUEST' });
  // A good one, of which one byte was changed.
  const document = await documentOf(directory, first.uuid);
  await writeDocument(directory, first.uuid, { ...document, header: `${String(document['header'])} ` });
  const before = await filesIn(directory);
  await assert.rejects(api.cleanUp({ wait: true }), { code: 'SIGNATURE_INVALID' });
  const [warning] = await refusedIn(system);
  assert.equal(warning?.backupId, first.id);
  assert.match(
    warning!.message,
    new RegExp(`holdfast copy ${first.id} --to ${name}.*holdfast delete ${first.id}`),
  );
  await assert.rejects(api.setDocumentAside(name, { uuid: first.uuid }), {
    code: 'INVALID_REQUEST',
    message: /which this installation has/,
    hint: /holdfast copy .* holdfast delete /,
  });
  assert.deepEqual(await filesIn(directory), before);
  await api.deleteBackup(first.id);
  await api.cleanUp({ wait: true });
  assert.deepEqual(await refusedIn(system), []);
  await system.another({ ...system.options, identity: system.recoveryKey }).api.verifyBackup(second.id, {
    wait: true,
  });

  // One that this catalog does not know, and can believe, is a backup to be imported.
  await system.db.client.query('delete from system_backups where id = $1', [second.id]);
  await assert.rejects(api.setDocumentAside(name, { uuid: second.uuid }), { hint: /store import/ });
  await assert.rejects(api.setDocumentAside(name, { uuid: randomUUID() }), { code: 'BACKUP_NOT_FOUND' });
  await assert.rejects(api.setDocumentAside('nothing', { uuid: randomUUID() }), { code: 'STORE_NOT_FOUND' });
  // A later version of Holdfast may have written it.
  const later = randomUUID();
  await writeDocument(directory, later, { ...document, format: 'holdfast/3' });
  await assert.rejects(api.setDocumentAside(name, { uuid: later }), { message: /later version/ });
});

test('a forged inventory damages nothing when it is set aside', async (t) => {
  const system = await sealedSystem(t);
  const { api, directory } = system;
  const name = (await api.listStores()).stores.find(({ role }) => role === 'written')!.name;
  const good = await api.createBackup({ wait: true });
  const document = await documentOf(directory, good.uuid);
  const header = JSON.parse(String(document['header'])) as { inventory: Record<string, unknown>[] };
  // It says of chunks that are there what they are not, and that there are more lines than memory.
  const lies = header.inventory.map((piece) => ({ ...piece, items: 2 ** 40, rawBytes: 1_000 }));
  const uuid = randomUUID();
  await writeDocument(directory, uuid, {
    ...document,
    header: JSON.stringify({ ...header, inventory: lies }),
  });
  await api.setDocumentAside(name, { uuid });
  await api.cleanUp({ wait: true });
  assert.equal((await api.getBackup(good.id)).damaged, false);
  await api.verifyBackup(good.id, { level: 'checksum', wait: true });
});
