import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { directoryObjects } from '../../src/store/objects/directory.ts';
import type { Objects } from '../../src/store/objects/objects.ts';
import { smallDisk, withoutSmallDisk } from '../support/small-disk.ts';
import { collect, failsWith } from './objects-conformance.ts';

const open = (folder: string): Objects =>
  directoryObjects({ address: pathToFileURL(folder).href, path: folder });

async function newFolder(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-objects-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}

const namesOf = async (objects: Objects): Promise<string[]> =>
  (await collect(objects.list(''))).map(({ name }) => name);

/** Everything below a folder. */
const filesOf = async (folder: string): Promise<string[]> => fs.readdir(folder, { recursive: true });

test('files and folders are for their owner alone, whatever the umask is', async (t) => {
  const folder = await newFolder(t);
  const before = process.umask(0);
  t.after(() => process.umask(before));
  await open(folder).put('a/b/c', Buffer.from('x'));
  const modeOf = async (name: string): Promise<string> =>
    ((await fs.stat(path.join(folder, name))).mode & 0o777).toString(8);
  assert.deepEqual([await modeOf('a'), await modeOf('a/b'), await modeOf('a/b/c')], ['700', '700', '600']);
});

test('symbolic links are not followed, in either direction', async (t) => {
  const folder = await newFolder(t);
  const outside = await newFolder(t);
  await fs.writeFile(path.join(outside, 'secret'), 'secret');
  await fs.mkdir(path.join(folder, 'c'));
  await fs.symlink(outside, path.join(folder, 'folder'));
  await fs.symlink(path.join(outside, 'secret'), path.join(folder, 'file'));
  await fs.symlink(path.join(outside, 'none'), path.join(folder, 'c/dangling'));
  const objects = open(folder);
  const error = await failsWith(objects.get('folder/secret'), 'STORE_DENIED');
  assert.match(error.message, /symbolic link/);
  await failsWith(objects.head('folder/secret'), 'STORE_DENIED');
  await failsWith(objects.put('folder/new', Buffer.from('x')), 'STORE_DENIED');
  await failsWith(objects.put('folder/deep/new', Buffer.from('x')), 'STORE_DENIED');
  await failsWith(objects.put('c/dangling/new', Buffer.from('x')), 'STORE_DENIED');
  await failsWith(objects.delete('folder/secret'), 'STORE_DENIED');
  await failsWith(objects.get('file'), 'STORE_DENIED');
  await failsWith(objects.getRange('file', { offset: 0, bytes: 1 }), 'STORE_DENIED');
  await failsWith(objects.head('file'), 'STORE_DENIED');
  assert.deepEqual(await namesOf(objects), []);
  // A put replaces the link, and not what it refers to.
  await objects.put('file', Buffer.from('new'));
  assert.equal(await objects.put('c/dangling', Buffer.from('x'), { expected: null }), undefined);
  assert.deepEqual(await fs.readdir(outside), ['secret']);
  assert.equal(await fs.readFile(path.join(outside, 'secret'), 'utf8'), 'secret');
  assert.deepEqual(await namesOf(objects), ['file']);
  // The root itself may be reached over a link.
  const link = path.join(outside, 'root');
  await fs.symlink(folder, link);
  assert.equal(Buffer.from((await open(link).get('file'))!.content).toString(), 'new');
});

test('what other programs put there is no object, and hangs nobody', async (t) => {
  const folder = await newFolder(t);
  const objects = open(folder);
  await objects.put('a/1', Buffer.from('x'));
  assert.equal(spawnSync('mkfifo', [path.join(folder, 'a/pipe')]).status, 0);
  await fs.mkdir(path.join(folder, 'lost+found'));
  await fs.writeFile(path.join(folder, 'a/with space'), 'x');
  await fs.writeFile(path.join(folder, 'a/ä'), 'x');
  assert.deepEqual(await namesOf(objects), ['a/1']);
  assert.equal(await objects.get('a/pipe'), undefined);
  assert.equal(await objects.head('a/pipe'), undefined);
  // A file where a folder should be, a folder where a file should be.
  for (const name of ['a/1/x', 'a/1/x/y', 'a']) {
    const error = await failsWith(objects.put(name, Buffer.from('x')), 'STORE_FAILED');
    assert.match(error.message, /something that is not an object/, name);
  }
  assert.equal(await objects.get('a/1/x'), undefined);
  await objects.delete('a');
  assert.deepEqual(await namesOf(objects), ['a/1']);
  const { size } = await fs.stat(path.join(folder, 'a/1'));
  await fs.truncate(path.join(folder, 'a/1'), 70 * 1024 * 1024);
  await failsWith(objects.get('a/1'), 'STORE_FAILED');
  await fs.truncate(path.join(folder, 'a/1'), size);
});

test('what a killed process has left is never listed, and goes when it is old', async (t) => {
  const folder = await newFolder(t);
  const objects = open(folder);
  await objects.put('a/1', Buffer.from('x'));
  const [young, old] = [path.join(folder, `a/~${randomUUID()}`), path.join(folder, `a/~${randomUUID()}`)];
  const foreign = path.join(folder, 'a/~backup');
  for (const file of [young, old, foreign]) await fs.writeFile(file, 'half');
  const days = (n: number): Date => new Date(Date.now() - n * 24 * 3_600_000);
  await fs.utimes(old, days(2), days(2));
  await fs.utimes(foreign, days(9), days(9));
  assert.deepEqual(await namesOf(objects), ['a/1']);
  assert.deepEqual(
    (await fs.readdir(path.join(folder, 'a'))).toSorted(),
    ['1', path.basename(foreign), path.basename(young)].toSorted(),
  );
});

test('after a kill -9 in the middle every object is whole', async (t) => {
  const folder = await newFolder(t);
  const program = `
    import { directoryObjects } from './src/store/objects/directory.ts';
    const objects = directoryObjects({ address: 'file://x', path: ${JSON.stringify(folder)} });
    for (let i = 0; ; i++) {
      await Promise.all([0, 1, 2].map((j) => objects.put('c/' + ((i + j) % 5), Buffer.alloc(3_000_000, i % 250 + 1))));
      if (i === 2) process.stdout.write('writing');
    }`;
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await new Promise((resolve) => setTimeout(resolve, 7 * round));
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    const objects = open(folder);
    const names = await namesOf(objects);
    assert.ok(names.length > 0);
    for (const name of names) {
      const { content } = (await objects.get(name))!;
      assert.equal(content.length, 3_000_000, name);
      assert.ok(
        content.every((byte) => byte === content[0]),
        name,
      );
    }
    await objects.put('c/after', randomBytes(10));
    await objects.delete('c/after');
  }
});

test('a lock that a killed process has left goes, and no put is lost', async (t) => {
  const folder = await newFolder(t);
  const objects = open(folder);
  const version = await objects.put('w', Buffer.from('1'), { expected: null });
  const second = await objects.put('w', Buffer.from('2'), { expected: version! });
  const last = second!;
  const lock = `~lock-${createHash('sha256').update('w').digest('hex').slice(0, 16)}`;
  await fs.mkdir(path.join(folder, lock));
  const error = await failsWith(objects.put('w', Buffer.from('x'), { expected: last }), 'STORE_FAILED');
  assert.match(error.message, /Its lock has been removed; nothing was written/);
  assert.ok(await objects.put('w', Buffer.from('x'), { expected: last }));
  assert.deepEqual(await filesOf(folder), ['w']);
});

test('folders that are removed meanwhile are made again', async (t) => {
  const folder = await newFolder(t);
  const objects = open(folder);
  await objects.put('chunks/ab/1', Buffer.from('x'));
  await fs.rm(path.join(folder, 'chunks'), { recursive: true });
  await objects.put('chunks/ab/2', Buffer.from('x'));
  await fs.rm(path.join(folder, 'chunks'), { recursive: true });
  await objects.put('chunks/ac/3', Buffer.from('x'));
  assert.deepEqual(await namesOf(objects), ['chunks/ac/3']);
});

test('a folder that vanishes is an error, and comes back as it was', async (t) => {
  const folder = await newFolder(t);
  const objects = open(folder);
  await objects.put('a', Buffer.from('x'));
  await fs.rename(folder, `${folder}-away`);
  t.after(() => fs.rm(`${folder}-away`, { recursive: true, force: true }));
  await failsWith(objects.get('a'), 'STORE_UNREACHABLE');
  await failsWith(collect(objects.list('')), 'STORE_UNREACHABLE');
  await failsWith(objects.put('a', Buffer.from('x')), 'STORE_UNREACHABLE');
  // An empty one in its place is what is left of a mount.
  await fs.mkdir(folder);
  const error = await failsWith(collect(objects.list('')), 'STORE_UNREACHABLE');
  assert.match(error.hint, /mounted/);
  await failsWith(objects.put('a', Buffer.from('x')), 'STORE_UNREACHABLE');
  assert.deepEqual(await fs.readdir(folder), []);
  await fs.rmdir(folder);
  await fs.writeFile(folder, 'a file');
  await failsWith(objects.get('a'), 'STORE_UNREACHABLE');
  await fs.rm(folder);
  await fs.rename(`${folder}-away`, folder);
  assert.ok(await objects.get('a'));
});

test('a disk that is unmounted is no empty store', { skip: withoutSmallDisk }, async (t) => {
  const { folder, unmount, mount } = await smallDisk(t);
  const objects = open(folder);
  await objects.put('a', Buffer.from('x'));
  unmount();
  await failsWith(objects.get('a'), 'STORE_UNREACHABLE');
  await failsWith(collect(objects.list('')), 'STORE_UNREACHABLE');
  await failsWith(objects.put('b', Buffer.from('x')), 'STORE_UNREACHABLE');
  assert.deepEqual(await fs.readdir(folder), []);
  // Another disk in its place that has something on it is one that a person has put there.
  mount();
  await open(folder).put('c', Buffer.from('x'));
  assert.equal(await objects.get('a'), undefined);
  assert.ok(await objects.get('c'));
});

test('a full disk is STORE_FULL, and leaves what was there', { skip: withoutSmallDisk }, async (t) => {
  const { folder } = await smallDisk(t);
  const objects = open(folder);
  const before = randomBytes(500_000);
  await objects.put('a', before);
  for (const expected of [undefined, (await objects.get('a'))!.version]) {
    await failsWith(objects.put('a', randomBytes(3_000_000), { expected }), 'STORE_FULL');
  }
  await failsWith(objects.put('deep/folder/b', randomBytes(3_000_000)), 'STORE_FULL');
  assert.ok(before.equals((await objects.get('a'))!.content));
  assert.deepEqual(await namesOf(objects), ['a']);
  assert.ok((await filesOf(folder)).every((name) => !name.includes('~')));
  await objects.put('b', randomBytes(1_000_000));
});

test(
  'a disk that may not be written is STORE_DENIED, and can be read',
  { skip: withoutSmallDisk },
  async (t) => {
    const { folder, readOnly } = await smallDisk(t);
    const objects = open(folder);
    await objects.put('a', Buffer.from('x'));
    readOnly();
    await failsWith(objects.put('b', Buffer.from('x')), 'STORE_DENIED');
    await failsWith(objects.put('new/b', Buffer.from('x')), 'STORE_DENIED');
    await failsWith(objects.delete('a'), 'STORE_DENIED');
    assert.deepEqual(await namesOf(objects), ['a']);
  },
);
