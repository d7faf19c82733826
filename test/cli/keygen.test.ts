import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { storeOfWriterKey } from '../../src/format/sealing/key-set.ts';
import { openStoreKeys } from '../../src/format/sealing/store-keys.ts';
import { holdfast, temporaryFolder } from './holdfast.ts';

test('keygen writes both keys for their owner alone, prints neither, and says what losing one means', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'a', 'keys');
  const { code, stdout, stderr } = await holdfast(['keygen', '--out', folder]);
  assert.equal(code, 0, stderr);
  assert.equal(stderr, '');
  assert.match(stdout, /Without it nobody can open them/);
  const [recovery, writer] = await Promise.all(
    ['recovery.key', 'writer.key'].map((name) => fs.readFile(path.join(folder, name), 'utf8')),
  );
  for (const name of ['recovery.key', 'writer.key']) {
    assert.equal((await fs.stat(path.join(folder, name))).mode & 0o777, 0o600);
  }
  const recipient = /^# public key: (age1\S+)$/m.exec(recovery!)![1]!;
  assert.ok(stdout.includes(recipient));
  const { nameKey, signingKey } = JSON.parse(writer!) as Record<string, string>;
  for (const secret of [recovery!.trim().split('\n').at(-1)!, nameKey!, signingKey!]) {
    assert.ok(secret.length > 40 && !stdout.includes(secret.slice(0, 30)));
  }
  // They belong together: what a store begins with is in the one, and the other opens it.
  const store = storeOfWriterKey(writer!, [recipient]);
  const keys = await openStoreKeys(store.description, store.wrappedKeys, {
    identity: recovery!,
    writerKey: writer!,
  });
  assert.ok(keys.open && keys.seal && keys.sign);
});

test('keygen replaces no key, and leaves no half of a pair', async (t) => {
  const folder = await temporaryFolder(t);
  for (const name of ['recovery.key', 'writer.key']) {
    const file = path.join(folder, name);
    await fs.writeFile(file, 'the only one');
    const { code, stderr } = await holdfast(['keygen', '--out', folder]);
    assert.equal(code, 2);
    assert.ok(stderr.includes(`${file} exists already. No key was written or changed.`), stderr);
    assert.equal(await fs.readFile(file, 'utf8'), 'the only one');
    assert.deepEqual(await fs.readdir(folder), [name]);
    await fs.rm(file);
  }
});

test('keygen as JSON names the files and the public key, and says where it cannot write', async (t) => {
  const folder = await temporaryFolder(t);
  const made = (await holdfast(['keygen', '--out', folder, '--json'])).json();
  assert.deepEqual(Object.keys(made), ['recipient', 'recoveryKey', 'writerKey']);
  assert.match(String(made['recipient']), /^age1[0-9a-z]{58}$/);
  assert.equal(made['recoveryKey'], path.join(folder, 'recovery.key'));
  const file = path.join(folder, 'recovery.key');
  const failed = await holdfast(['keygen', '--out', path.join(file, 'below'), '--json']);
  assert.equal(failed.code, 2);
  assert.match(failed.stdout + failed.stderr, /No keys could be written into/);
  assert.equal((await holdfast(['keygen'])).code, 2);
});
