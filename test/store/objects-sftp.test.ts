import type { SftpCredentials } from '../../src/store/objects/credentials.ts';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { HoldfastError } from '../../src/base/errors.ts';
import { parseAddress, type SftpAddress } from '../../src/store/objects/address.ts';
import { hostKeys } from '../../src/store/objects/known-hosts.ts';
import type { Objects } from '../../src/store/objects/objects.ts';
import { retrying } from '../../src/store/objects/retrying.ts';
import { sftpObjects } from '../../src/store/objects/sftp.ts';
import { startSilentServer } from '../support/http-proxy.ts';
import { freePort } from '../support/ports.ts';
import { smallDisk, withoutSmallDisk } from '../support/small-disk.ts';
import { sharedSshd, withoutSshd } from '../support/sshd.ts';
import { collect, failsWith } from './objects-conformance.ts';

const impatient = { connectTimeoutMs: 700, silenceTimeoutMs: 900, callTimeoutMs: 4_000 };
const skip = withoutSshd;

interface OpenOptions extends SftpCredentials {
  folder?: string;
  hostKey?: string | null;
  user?: string;
  port?: number;
}

async function open(t: TestContext, options: OpenOptions = {}): Promise<Objects> {
  const server = await sharedSshd();
  const {
    folder = await server.newFolder(),
    hostKey = server.hostKey,
    user = server.user,
    ...credentials
  } = options;
  const { port = server.port } = options;
  const query = hostKey === null ? '' : `?hostKey=${encodeURIComponent(hostKey)}`;
  const address = parseAddress(`sftp://${user}@127.0.0.1:${port}${folder}${query}`) as SftpAddress;
  const objects = await sftpObjects(address, {
    credentials: { privateKeyFile: server.privateKeyFile, ...credentials },
    patience: impatient,
  });
  t.after(() => objects.close());
  return objects;
}

test(
  'SFTP: a key or a password that the server does not take is refused, and is in no message',
  { skip },
  async (t) => {
    const { otherKeyFile } = await sharedSshd();
    const password = 'hunter2 is my password';
    for (const options of [
      { privateKeyFile: otherKeyFile },
      { privateKeyFile: undefined, password },
      { user: 'no-such-user-here' },
      { privateKeyFile: '/no/such/file' },
      { privateKeyFile: undefined, privateKey: 'not a key hunter2' },
    ]) {
      const objects = await open(t, options);
      const error = await failsWith(objects.get('a'), 'STORE_DENIED');
      const said = JSON.stringify(error) + error.stack;
      assert.ok(!said.includes('hunter2'), said);
      await failsWith(objects.put('a', Buffer.from('x')), 'STORE_DENIED');
    }
  },
);

test('SFTP: a server whose key is not known is never trusted', { skip }, async (t) => {
  const { hostKey, knownHost, port } = await sharedSshd();
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-known-'));
  t.after(() => fs.rm(folder, { recursive: true }));
  const knownHostsFile = path.join(folder, 'known_hosts');
  const tryWith = async (
    known: string | undefined,
    options: OpenOptions = {},
  ): Promise<HoldfastError | undefined> => {
    if (known !== undefined) await fs.writeFile(knownHostsFile, known);
    const objects = await open(t, { hostKey: null, knownHostsFile, ...options });
    return objects.get('a').then(
      () => undefined,
      (error: HoldfastError) => error,
    );
  };
  const unknown = await tryWith(undefined);
  assert.equal(unknown?.code, 'STORE_DENIED');
  assert.match(unknown.message, /not known.*SHA256:/);
  assert.ok(unknown.hint.includes(`?hostKey=${hostKey}`));
  // As it is written, and as ssh-keygen hashes it.
  assert.equal(await tryWith(`# comment\n\n${knownHost}\n`), undefined);
  assert.equal(spawnSync('ssh-keygen', ['-H', '-f', knownHostsFile]).status, 0);
  assert.match(await fs.readFile(knownHostsFile, 'utf8'), /^\|1\|/m);
  assert.equal(await tryWith(undefined), undefined);
  // Another key for this server; the right key for another server, or revoked.
  const other = `[127.0.0.1]:${port} ssh-ed25519 ${Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), randomBytes(32)]).toString('base64')}`;
  assert.match((await tryWith(other))?.message ?? '', /another key than it should/);
  assert.match((await tryWith(knownHost.replace(`]:${port}`, ']:22')))?.message ?? '', /not known/);
  assert.match((await tryWith(`@revoked ${knownHost}\n${knownHost}`))?.message ?? '', /another key/);
  const wrong = `SHA256:${randomBytes(32).toString('base64').replace('=', '')}`;
  const refused = await tryWith(knownHost, { hostKey: wrong });
  assert.equal(refused?.code, 'STORE_DENIED');
  assert.match(refused.message, /another key than it should.*No credentials were sent/);
});

test('the names of known_hosts', () => {
  const key = 'AAAAC3NzaC1lZDI1NTE5AAAAI';
  const known = (names: string, host: string, port = 22): boolean =>
    hostKeys(`${names} ssh-ed25519 ${key} comment`, host, port).trusted.length === 1;
  assert.ok(known('host.example', 'host.example'));
  assert.ok(known('a,Host.Example,b', 'host.example'));
  assert.ok(known('*.example', 'host.example'));
  assert.ok(known('host.exampl?', 'host.example'));
  assert.ok(known('[host.example]:2222', 'host.example', 2222));
  assert.ok(!known('host.example', 'host.example', 2222));
  assert.ok(!known('hostXexample', 'host.example'));
  assert.ok(!known('*.example,!host.example', 'host.example'));
  assert.ok(!known('# host.example', 'host.example'));
  assert.ok(!known('@cert-authority host.example', 'host.example'));
  assert.deepEqual(hostKeys('host.example ssh-ed25519', 'host.example', 22).trusted, []);
});

test(
  'SFTP: sessions that the server ends fail once, and the next call connects again',
  { skip },
  async (t) => {
    const { dropSessions } = await sharedSshd();
    const objects = await open(t);
    const content = randomBytes(20_000_000);
    await objects.put('a', content);
    dropSessions();
    const patient = retrying(objects, { firstDelayMs: 5, longestDelayMs: 50 });
    assert.ok(content.equals((await patient.get('a'))!.content));
    // In the middle of a put: nothing is there, and the next attempt is whole.
    const put = objects.put('b', content);
    const ended = put.then(
      () => 'written',
      (error: HoldfastError) => error.code,
    );
    for (let i = 0; i < 40; i++) {
      dropSessions();
      if ((await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5))])) !== undefined)
        break;
    }
    const outcome = await ended;
    assert.equal(outcome, 'STORE_UNREACHABLE');
    assert.equal(await patient.get('b'), undefined);
    await patient.put('b', content);
    assert.deepEqual(
      (await collect(patient.list(''))).map(({ name, bytes }) => [name, bytes]),
      [
        ['a', content.length],
        ['b', content.length],
      ],
    );
  },
);

test('SFTP: nobody at the address, or one who says nothing', async (t) => {
  for (const port of [await freePort(), await startSilentServer(t)]) {
    const address = parseAddress(`sftp://me@127.0.0.1:${port}/folder`) as SftpAddress;
    const objects = await sftpObjects(address, { credentials: { password: 'hunter2' }, patience: impatient });
    await failsWith(objects.get('a'), 'STORE_UNREACHABLE');
    await failsWith(objects.put('a', Buffer.from('x')), 'STORE_UNREACHABLE');
    await failsWith(collect(objects.list('')), 'STORE_UNREACHABLE');
    await objects.close();
  }
});

test(
  'SFTP: a server that falls silent is given up, and the next call connects again',
  { skip },
  async (t) => {
    const { port } = await sharedSshd();
    const objects = await open(t);
    await objects.put('a', Buffer.from('x'));
    // The process of the session stops, as behind a network that loses everything; its socket stays.
    const sessions = spawnSync('pgrep', ['-f', '^sshd: .*@notty|internal-sftp'], { encoding: 'utf8' });
    const pids = sessions.stdout.split('\n').filter(Boolean).map(Number);
    const ours = pids.filter((pid) => isOfPort(pid, port));
    t.after(() => ours.forEach((pid) => process.kill(pid, 'SIGKILL')));
    assert.ok(ours.length > 0);
    for (const pid of ours) process.kill(pid, 'SIGSTOP');
    await failsWith(objects.get('a'), 'STORE_UNREACHABLE');
    assert.ok(await retrying(objects, { firstDelayMs: 100 }).get('a'));
  },
);

/** Whether a process is a descendant of the sshd that listens on this port. */
function isOfPort(pid: number, port: number): boolean {
  for (let each = pid; each > 1;) {
    const { stdout } = spawnSync('ps', ['-o', 'ppid=,args=', '-p', String(each)], { encoding: 'utf8' });
    if (stdout.includes('holdfast-sshd-') && port > 0) return true;
    each = Number.parseInt(stdout, 10) || 0;
  }
  return false;
}

test(
  'SFTP: a full disk is STORE_FULL, and leaves what was there',
  { skip: withoutSmallDisk || skip },
  async (t) => {
    const { folder } = await smallDisk(t);
    const objects = await open(t, { folder });
    const before = randomBytes(500_000);
    await objects.put('a', before);
    await failsWith(objects.put('a', randomBytes(3_000_000)), 'STORE_FULL');
    await failsWith(objects.put('b', randomBytes(3_000_000)), 'STORE_FULL');
    assert.ok(before.equals((await objects.get('a'))!.content));
    assert.deepEqual(
      (await collect(objects.list(''))).map(({ name }) => name),
      ['a'],
    );
  },
);

test('SFTP: a folder that vanishes is an error for every call', { skip }, async (t) => {
  const folder = await (await sharedSshd()).newFolder();
  const objects = await open(t, { folder });
  await objects.put('a/b', Buffer.from('x'));
  await fs.rm(folder, { recursive: true });
  await failsWith(objects.get('a/b'), 'STORE_UNREACHABLE');
  await failsWith(objects.put('a/b', Buffer.from('x')), 'STORE_UNREACHABLE');
  await failsWith(objects.put('c', Buffer.from('x'), { expected: null }), 'STORE_UNREACHABLE');
  await failsWith(objects.delete('a/b'), 'STORE_UNREACHABLE');
  await failsWith(collect(objects.list('a/')), 'STORE_UNREACHABLE');
  await fs.mkdir(folder);
  await objects.put('a/b', Buffer.from('x'));
  assert.ok(await objects.get('a/b'));
});
