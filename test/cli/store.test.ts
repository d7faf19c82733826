import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { createStore } from '../../src/engine/stores/open-store.ts';
import { withStoreAt } from '../../src/engine/stores/store-at.ts';
import { createKeySet, createStoreKeys } from '../../src/format/sealing/key-set.ts';
import { openStoreKeys } from '../../src/format/sealing/store-keys.ts';
import { holdfast, temporaryFolder, type Outcome } from './holdfast.ts';

async function filesIn(folder: string): Promise<string[]> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

/** The documents of a store in a folder. */
async function documentsIn(
  folder: string,
): Promise<{ description: string; wrappedKeys: Map<string, Uint8Array> }> {
  const wrappedKeys = new Map<string, Uint8Array>();
  for (const name of await filesIn(folder)) {
    if (name.startsWith('keys/')) wrappedKeys.set(name, await fs.readFile(path.join(folder, name)));
  }
  return { description: await fs.readFile(path.join(folder, 'holdfast.json'), 'utf8'), wrappedKeys };
}

/** Keys in files, as `keygen` makes them. */
async function keygen(folder: string): Promise<{ recipient: string; recovery: string; writer: string }> {
  const made = (await holdfast(['keygen', '--out', folder, '--json'])).json<Record<string, string>>();
  return { recipient: made['recipient']!, recovery: made['recoveryKey']!, writer: made['writerKey']! };
}

function refused({ code, stdout, stderr }: Outcome, message: RegExp, expected = 2): void {
  assert.equal(code, expected, stdout + stderr);
  assert.equal(stdout, '');
  assert.match(stderr, message);
}

test('a plain store is made once, and only in a place of its own', async (t) => {
  const folder = await temporaryFolder(t);
  const url = `file://${folder}`;
  const made = await holdfast(['store', 'create', url, '--json']);
  assert.equal(made.code, 0, made.stderr);
  const { id, ...rest } = made.json();
  assert.deepEqual(rest, {
    address: url,
    sealed: false,
    recipients: [],
    verificationKeys: [],
    writerKey: null,
  });
  assert.deepEqual(await filesIn(folder), ['holdfast.json']);
  const { description, wrappedKeys } = await documentsIn(folder);
  assert.equal((await openStoreKeys(description, wrappedKeys, {})).id, id);

  refused(await holdfast(['store', 'create', url]), /There is a store at .* already\. It was not changed\./);
  assert.equal((await documentsIn(folder)).description, description);

  const used = await temporaryFolder(t);
  await fs.writeFile(path.join(used, 'photo.jpg'), 'x');
  refused(await holdfast(['store', 'create', `file://${used}`]), /is not empty: photo\.jpg is in it/);
  assert.deepEqual(await filesIn(used), ['photo.jpg']);

  refused(await holdfast(['store', 'create', `file://${used}/absent`]), /does not exist/, 8);
  refused(await holdfast(['store', 'create', 'database:']), /not a place outside the database/);
  refused(await holdfast(['store', 'create', 'nowhere']), /INVALID_CONFIGURATION/);
  refused(await holdfast(['store', 'create', url, '--out', path.join(used, 'w')]), /has no writer key/);
});

test('a store of a writer key begins with its keys, and is opened by the recovery key beside it', async (t) => {
  const folder = await temporaryFolder(t);
  const keys = await keygen(path.join(await temporaryFolder(t), 'keys'));
  const { code, stdout, stderr } = await holdfast(['store', 'create', `file://${folder}`], {
    env: { HOLDFAST_WRITER_KEY: keys.writer },
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /It is encrypted/);
  const identity = await fs.readFile(keys.recovery, 'utf8');
  const writerKey = await fs.readFile(keys.writer, 'utf8');
  const { description, wrappedKeys } = await documentsIn(folder);
  const opened = await openStoreKeys(description, wrappedKeys, { identity, writerKey });
  assert.ok(opened.open && opened.seal && opened.sign);

  const other = `file://${await temporaryFolder(t)}`;
  const args = ['store', 'create', other, '--writer-key', keys.writer];
  refused(await holdfast([...args, '--out', `${keys.writer}2`]), /--out cannot be given together/);
  const stranger = await createKeySet();
  refused(await holdfast([...args, '--recipient', stranger.recipient]), /KEY_REQUIRED/, 5);
});

test('a store with new keys: the writer key is in its file alone, and each recipient opens the store', async (t) => {
  const folder = await temporaryFolder(t);
  const place = path.join(folder, 'store');
  await fs.mkdir(place);
  const out = path.join(folder, 'writer.key');
  const [first, second] = [await createKeySet(), await createKeySet()];
  const passphraseFile = path.join(folder, 'passphrase');
  await fs.writeFile(passphraseFile, 'correct horse battery staple\nsecond line\n');
  const args = ['store', 'create', `file://${place}`, '--passphrase-file', passphraseFile];
  for (const { recipient } of [first, second]) args.push('--recipient', recipient);
  refused(await holdfast(args), /needs a file for its writer key/);
  await fs.writeFile(out, 'the only one');
  refused(await holdfast([...args, '--out', out]), /exists already\. No store was made/);
  assert.deepEqual(await filesIn(place), []);
  assert.equal(await fs.readFile(out, 'utf8'), 'the only one');
  await fs.rm(out);

  const { code, stdout, stderr } = await holdfast([...args, '--out', out]);
  assert.equal(code, 0, stderr);
  assert.equal((await fs.stat(out)).mode & 0o777, 0o600);
  const writerKey = await fs.readFile(out, 'utf8');
  const { nameKey, signingKey, verificationKey } = JSON.parse(writerKey) as Record<string, string>;
  for (const secret of [nameKey!, signingKey!]) assert.ok(!stdout.includes(secret.slice(0, 20)));
  assert.ok(!stdout.includes('horse'));
  assert.ok(stdout.includes(`# verification-key: ${verificationKey!}`));
  const { description, wrappedKeys } = await documentsIn(place);
  // A recovery key that knows another store trusts this one with the line that was printed.
  const identities = [first, second].map(
    ({ recoveryKey }) => `# verification-key: ${verificationKey!}\n${recoveryKey}`,
  );
  for (const identity of identities) {
    assert.ok((await openStoreKeys(description, wrappedKeys, { identity, writerKey })).open);
  }
  const passphrase = 'correct horse battery staple';
  assert.ok((await openStoreKeys(description, wrappedKeys, { passphrase })).open);
});

test('what was begun with a writer key is finished with it; the leavings of another store are not overwritten', async (t) => {
  const folder = await temporaryFolder(t);
  const keys = await keygen(path.join(await temporaryFolder(t), 'keys'));
  const args = ['store', 'create', `file://${folder}`, '--writer-key', keys.writer];
  assert.equal((await holdfast(args)).code, 0);
  await fs.rm(path.join(folder, 'holdfast.json'));
  const finished = await holdfast(args);
  assert.equal(finished.code, 0, finished.stderr);
  await fs.rm(path.join(folder, 'holdfast.json'));

  const before = await documentsIn(folder).catch(() => filesIn(folder));
  const [name] = await filesIn(folder);
  const kept = await fs.readFile(path.join(folder, name!));
  const other = await createStoreKeys({ recipients: [keys.recipient] });
  await withStoreAt(`file://${folder}`, {}, async ({ bare }) => {
    await assert.rejects(createStore(bare, other), { code: 'MANIFEST_INVALID' });
  });
  assert.deepEqual(await filesIn(folder), before);
  assert.deepEqual(await fs.readFile(path.join(folder, name!)), kept);
});

test('keys of a store are listed, added and removed, and never the last that works', async (t) => {
  const folder = await temporaryFolder(t);
  const url = `file://${folder}`;
  const keys = await keygen(path.join(await temporaryFolder(t), 'keys'));
  await holdfast(['store', 'create', url, '--writer-key', keys.writer]);
  const list = async (): Promise<string[]> =>
    (await holdfast(['store', 'key', 'list', url, '--json'])).json<{ recipients: string[] }>().recipients;
  assert.deepEqual(await list(), [keys.recipient]);

  const second = await createKeySet();
  const add = ['store', 'key', 'add', second.recipient, url];
  refused(await holdfast(add), /KEY_REQUIRED/, 5);
  const added = await holdfast([...add, '--json'], { env: { HOLDFAST_IDENTITY: keys.recovery } });
  assert.equal(added.code, 0, added.stdout);
  assert.deepEqual(await list(), [keys.recipient, second.recipient].toSorted());
  assert.deepEqual(added.json<{ recipients: string[] }>().recipients, await list());

  const remove = (recipient: string, identity: string): Promise<Outcome> =>
    holdfast(['store', 'key', 'remove', recipient, url, '--identity', identity]);
  refused(await remove(keys.recipient, keys.recovery), /would no longer open the store/, 5);
  const secondFile = path.join(path.dirname(keys.recovery), 'second.key');
  // Without its own line of another store.
  await fs.writeFile(secondFile, second.recoveryKey.replace(/^# verification-key.*\n/m, ''), { mode: 0o600 });
  const removed = await remove(keys.recipient, secondFile);
  assert.equal(removed.code, 0, removed.stderr);
  assert.match(removed.stdout, /may have kept/);
  assert.deepEqual(await list(), [second.recipient]);
  refused(await remove(keys.recipient, secondFile), /is not among those/);
  refused(
    await holdfast(['store', 'key', 'list', url, '--identity', keys.recovery]),
    /does not open store/,
    5,
  );
  const tried = await holdfast(['store', 'key', 'list', url, '--identity', secondFile]);
  assert.match(tried.stdout, /✓ The key that was given opens it/);

  refused(await holdfast([...add.with(3, 'AGE-SECRET-KEY-1QQQQ'), '--identity', secondFile]), /private key/);
  const plain = `file://${await temporaryFolder(t)}`;
  refused(await holdfast(['store', 'key', 'list', plain]), /STORE_NOT_FOUND/, 3);
  await holdfast(['store', 'create', plain]);
  refused(await holdfast(add.with(4, plain)), /is not encrypted/);
});
