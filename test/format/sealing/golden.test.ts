import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { decodeWithFrame } from '../../../src/format/chunk.ts';
import type { ChunkReference } from '../../../src/format/manifest.ts';
import { nameKey, privateKey, type StoreKeys } from '../../../src/format/sealing/keys.ts';
import { sealedBytes, sealFrame } from '../../../src/format/sealing/sealed-frame.ts';
import { keyOfText, signText, verifyText, type Signature } from '../../../src/format/sealing/signatures.ts';
import { openStoreKeys } from '../../../src/format/sealing/store-keys.ts';

interface Vectors {
  recoveryKey: string;
  writerKey: string;
  passphrase: string;
  description: string;
  /** Base64, by name. */
  keys: Record<string, string>;
  /** Hexadecimal. */
  nameKey: string;
  identity: string;
  chunks: { raw: string; frame: string; reference: ChunkReference; stored: string }[];
  signed: { text: string; signature: Signature };
  /** After the signing key was replaced. */
  handedOver: { description: string; writerKey: string };
}

let vectors: Vectors;
let wrappedKeys: Map<string, Uint8Array>;
let keys: StoreKeys;

before(async () => {
  const file = path.join(import.meta.dirname, '../golden/sealing/vectors.json');
  vectors = JSON.parse(await fs.readFile(file, 'utf8')) as Vectors;
  wrappedKeys = new Map(
    Object.entries(vectors.keys).map(([name, text]) => [name, Buffer.from(text, 'base64')]),
  );
  const { recoveryKey: identity, writerKey } = vectors;
  keys = await openStoreKeys(vectors.description, wrappedKeys, { identity, writerKey });
});

test('the keys of the first version open their store', async () => {
  assert.ok(keys.open!.identity.equals(privateKey('X25519', Buffer.from(vectors.identity, 'hex'))));
  assert.ok(keys.open!.nameKey.equals(nameKey(Buffer.from(vectors.nameKey, 'hex'))));
  const { passphrase } = vectors;
  const opened = await openStoreKeys(vectors.description, wrappedKeys, { passphrase });
  assert.ok(opened.open!.identity.equals(keys.open!.identity));
});

test('a chunk that the first version sealed is opened, and sealed to the same bytes and name', async () => {
  for (const { raw, frame, reference, stored } of vectors.chunks) {
    const bytes = Buffer.from(stored, 'base64');
    const decoded = await decodeWithFrame(reference, bytes, keys.open);
    assert.equal(Buffer.from(decoded.raw).toString(), raw);
    assert.equal(Buffer.from(decoded.frame).toString('base64'), frame);
    const again = new Uint8Array(sealedBytes(decoded.frame.length));
    assert.equal(sealFrame(decoded.frame, keys.seal!, again), reference.id);
    assert.equal(Buffer.from(again).toString('base64'), stored);
  }
});

test('a signature of the first version is right, and made again', () => {
  const { text, signature } = vectors.signed;
  assert.deepEqual(verifyText(text, signature, keys.verify!, 'it'), keyOfText(signature.key));
  assert.deepEqual(signText(text, keys.sign!), signature);
});

test('a hand-over of the first version is followed from the key that the recovery key names', async () => {
  const { description, writerKey } = vectors.handedOver;
  const reader = await openStoreKeys(description, wrappedKeys, { identity: vectors.recoveryKey });
  const writer = await openStoreKeys(description, wrappedKeys, { writerKey });
  verifyText('x', signText('x', writer.sign!), reader.verify!, 'it');
  verifyText('x', signText('x', keys.sign!), reader.verify!, 'it');
});
