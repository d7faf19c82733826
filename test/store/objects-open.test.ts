import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { credentialsFromEnvironment } from '../../src/environment.ts';
import { parseAddress, type ObjectsAddress } from '../../src/store/objects/address.ts';
import { loadDriver } from '../../src/store/objects/driver.ts';
import { openObjects } from '../../src/store/objects/open.ts';
import { failsWith } from './objects-conformance.ts';

const address = (text: string): ObjectsAddress => parseAddress(text) as ObjectsAddress;

test('a directory is opened by its address, and each kind of place says where it is', async (t) => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-objects-'));
  t.after(() => fs.rm(folder, { recursive: true }));
  const objects = await openObjects(address(pathToFileURL(folder).href));
  await objects.put('a/b', Buffer.from('x'));
  assert.equal(await fs.readFile(path.join(folder, 'a/b'), 'utf8'), 'x');
  const credentials = {
    azure: { accountKey: 'AAAA' },
    sftp: { password: 'p' },
    s3: { accessKeyId: 'a', secretAccessKey: 's' },
  };
  for (const text of [
    's3://bucket/a?region=eu-west-1',
    'azure://account/container',
    'sftp://me@127.0.0.1/folder',
  ]) {
    const opened = await openObjects(address(text), credentials);
    assert.equal(opened.address, text);
    await opened.close();
  }
});

test('credentials come from variables', () => {
  assert.deepEqual(credentialsFromEnvironment({}), { azure: {}, sftp: {} });
  assert.deepEqual(
    credentialsFromEnvironment({
      AZURE_STORAGE_KEY: ' key ',
      AZURE_STORAGE_SAS_TOKEN: '?sv=1',
      HOLDFAST_SFTP_PASSWORD: ' with spaces ',
      HOLDFAST_SFTP_KEY_FILE: '/key',
      HOLDFAST_SFTP_KEY_PASSPHRASE: '',
      SSH_AUTH_SOCK: '/agent',
      HOLDFAST_SFTP_KNOWN_HOSTS: '/known',
    }),
    {
      azure: { accountKey: 'key', sasToken: '?sv=1' },
      sftp: {
        password: ' with spaces ',
        privateKeyFile: '/key',
        agentSocket: '/agent',
        knownHostsFile: '/known',
      },
    },
  );
});

test('without credentials nothing is connected', async () => {
  await failsWith(openObjects(address('azure://account/container')), 'STORE_DENIED');
  const sftp = await openObjects(address('sftp://me@127.0.0.1:1/folder'));
  await failsWith(sftp.get('a'), 'STORE_DENIED');
});

test('a driver that is not installed is named with its version', async () => {
  const { peerDependencies } = JSON.parse(await fs.readFile('package.json', 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  for (const name of ['@aws-sdk/client-s3', '@azure/storage-blob', 'ssh2']) {
    const error = await failsWith(
      loadDriver(name, () => import(`${name}-is-not-installed`)),
      'STORE_DRIVER_MISSING',
    );
    assert.ok(error.message.includes(`${name}@${peerDependencies[name]}`), error.message);
    assert.equal(error.hint, `Run: npm install --save-exact ${name}@${peerDependencies[name]}`);
  }
  await assert.rejects(
    loadDriver('ssh2', () => Promise.reject(new TypeError('its own defect'))),
    TypeError,
  );
});

test('a process that opens a directory loads no driver', () => {
  const program = `
    const { openObjects } = await import('./src/store/objects/open.ts');
    const { parseAddress } = await import('./src/store/objects/address.ts');
    const { registerHooks } = await import('node:module');
    registerHooks({ load(url, context, next) {
      if (/node_modules/.test(url)) console.log(url);
      return next(url, context);
    } });
    await openObjects(parseAddress('file:///tmp'));
    console.log('opened');
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  assert.equal(stdout, 'opened\n', stderr);
});
