import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { decodeChunk, encodeChunk } from '../../../src/format/chunk.ts';
import { identityText, recipientText } from '../../../src/format/sealing/age-keys.ts';
import { createKeySet, storeOfWriterKey } from '../../../src/format/sealing/key-set.ts';
import { openBytes, sealBytes } from '../../../src/format/sealing/sealed-bytes.ts';
import { openSealed, sealedBytes, sealFrame } from '../../../src/format/sealing/sealed-frame.ts';
import { signText } from '../../../src/format/sealing/signatures.ts';
import { openStoreKeys } from '../../../src/format/sealing/store-keys.ts';
import { parseDescription } from '../../../src/format/sealing/store-description.ts';
import { temporaryFolder } from '../../cli/holdfast.ts';
import { newIdentity, storeKeys } from './keys.ts';

/** Skips, visibly, where one of these programs is not installed. */
const programs = (...names: string[]): { skip: string | false } => {
  const missing = names.filter((name) => spawnSync(name, ['--version']).error !== undefined);
  return { skip: missing.length > 0 && `not installed: ${missing.join(', ')}` };
};

/** Runs a line of shell in a folder. @returns what it prints */
const shell = (folder: string, line: string): Buffer =>
  execFileSync('bash', ['-euo', 'pipefail', '-c', line], {
    cwd: folder,
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

async function identityIn(t: TestContext) {
  const keys = storeKeys();
  const folder = await temporaryFolder(t);
  await fs.writeFile(path.join(folder, 'key'), `${identityText(keys.open.identity)}\n`);
  return { ...keys, folder };
}

test(
  'a row is read by hand from a sealed store, with the recovery key, age and zstd',
  programs('age', 'zstd', 'jq'),
  async (t) => {
    const folder = await temporaryFolder(t);
    const { recipient, recoveryKey, writerKey } = await createKeySet();
    const { description, wrappedKeys } = storeOfWriterKey(writerKey);
    const keys = await openStoreKeys(description, wrappedKeys, { writerKey });
    const rows = Buffer.from('1\tone\n2\ttwo\n'.repeat(50_000));
    const { chunk } = await encodeChunk(Uint8Array.from(rows), 2, keys.seal);

    await fs.writeFile(path.join(folder, 'recovery.key'), recoveryKey);
    await fs.writeFile(path.join(folder, 'holdfast.json'), description);
    await fs.mkdir(path.join(folder, 'keys'));
    for (const [name, content] of wrappedKeys) await fs.writeFile(path.join(folder, name), content);
    const chunkFile = `chunks/${chunk.id.slice(0, 2)}/${chunk.id}`;
    await fs.mkdir(path.join(folder, path.dirname(chunkFile)), { recursive: true });
    await fs.writeFile(path.join(folder, chunkFile), chunk.frame);

    shell(folder, `age -d -i recovery.key keys/${recipient}.age > store.key`);
    assert.ok(rows.equals(shell(folder, `age -d -i store.key ${chunkFile} | zstd -d`)));
    const stated = shell(folder, `jq -r '.facts | fromjson | .recipient' holdfast.json`).toString().trim();
    assert.equal(stated, parseDescription(description).facts.recipient);
    assert.match(
      await fs.readFile(path.join(folder, 'store.key'), 'utf8'),
      new RegExp(`^# public key: ${stated}$`, 'm'),
    );
    // What was opened by hand opens here too.
    const identity = await fs.readFile(path.join(folder, 'store.key'), 'utf8');
    const { open } = await openStoreKeys(description, new Map(), { identity });
    assert.ok(rows.equals(await decodeChunk(chunk, chunk.frame, open)));
    // And its name is computed with nothing but HMAC.
    const nameKey = /^# name-key: (\S+)$/m.exec(identity)![1]!;
    const hex = Buffer.from(nameKey, 'base64').toString('hex');
    const hmac = (key: string, file: string): string =>
      shell(folder, `openssl dgst -sha256 -mac HMAC -macopt hexkey:${key} -r ${file} | cut -d' ' -f1`)
        .toString()
        .trim();
    shell(folder, `age -d -i store.key -o frame ${chunkFile} && printf 'holdfast name\\001' > info`);
    assert.equal(hmac(hmac(hex, 'frame'), 'info'), chunk.id);
  },
);

test(
  'the age command opens what we seal, and we open what it seals, at every edge',
  programs('age'),
  async (t) => {
    const { seal, open, folder } = await identityIn(t);
    for (const length of [0, 1, 65_535, 65_536, 65_537, 4_194_305]) {
      const frame = randomBytes(length);
      const sealed = new Uint8Array(sealedBytes(length));
      sealFrame(frame, seal, sealed);
      await fs.writeFile(path.join(folder, 'ours'), sealed);
      assert.ok(frame.equals(shell(folder, 'age -d -i key ours')), `ours, ${length}`);
      const document = sealBytes(frame, [storeKeys().seal.recipient, seal.recipient]);
      await fs.writeFile(path.join(folder, 'document'), document);
      assert.ok(frame.equals(shell(folder, 'age -d -i key document')), `document, ${length}`);

      await fs.writeFile(path.join(folder, 'plain'), frame);
      const theirs = shell(folder, `age -r ${recipientText(seal.recipient)} plain`);
      assert.ok(frame.equals(openSealed(theirs, open)), `theirs, ${length}`);
      const several = shell(
        folder,
        `age -r ${recipientText(newIdentity())} -r ${recipientText(seal.recipient)} plain`,
      );
      assert.ok(
        frame.equals(await openBytes(several, { identities: [open.identity] }, 'it')),
        `several, ${length}`,
      );
    }
  },
);

test('the age command refuses what we refuse', programs('age'), async (t) => {
  const { seal, open, folder } = await identityIn(t);
  const sealed = new Uint8Array(sealedBytes(70_000));
  sealFrame(randomBytes(70_000), seal, sealed);
  for (const at of [30, 60, 90, 140, 170, 190, 65_736, sealed.length - 1]) {
    const changed = Uint8Array.from(sealed);
    changed[at]! ^= 1;
    await fs.writeFile(path.join(folder, 'changed'), changed);
    assert.throws(() => shell(folder, 'age -d -i key changed'), `byte ${at}`);
    assert.throws(() => openSealed(changed, open), { code: 'CHUNK_CORRUPT' }, `byte ${at}`);
  }
});

test('a signature is checked by hand with openssl', programs('openssl'), async (t) => {
  const folder = await temporaryFolder(t);
  const { writerKey } = await createKeySet();
  const { description, wrappedKeys } = storeOfWriterKey(writerKey);
  const { sign } = await openStoreKeys(description, wrappedKeys, { writerKey });
  const { value } = signText('a header', sign!);
  await fs.writeFile(path.join(folder, 'text'), 'a header');
  await fs.writeFile(path.join(folder, 'signature'), Buffer.from(value, 'base64'));
  await fs.writeFile(
    path.join(folder, 'key.pem'),
    createPublicKey(sign!.privateKey).export({ format: 'pem', type: 'spki' }),
  );
  const check = 'openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature';
  assert.match(shell(folder, check).toString(), /Successfully/);
  await fs.writeFile(path.join(folder, 'text'), 'a header.');
  assert.throws(() => shell(folder, check));
});
