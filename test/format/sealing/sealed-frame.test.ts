import assert from 'node:assert/strict';
import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import * as age from 'age-encryption';
import fc from 'fast-check';
import { identityText, recipientText } from '../../../src/format/sealing/age-keys.ts';
import { encodeHeader, parseHeader } from '../../../src/format/sealing/age-header.ts';
import { payloadBytes, sealPayload } from '../../../src/format/sealing/age-payload.ts';
import { wrapX25519 } from '../../../src/format/sealing/age-x25519.ts';
import { nameKey, publicBytes, secretBytes } from '../../../src/format/sealing/keys.ts';
import { sealBytes, sealBytesByPassphrase } from '../../../src/format/sealing/sealed-bytes.ts';
import { openSealed, sealedBytes, sealedName, sealFrame } from '../../../src/format/sealing/sealed-frame.ts';
import { newIdentity, storeKeys } from './keys.ts';

const { seal, open } = storeKeys();
const identity = identityText(open.identity);
const edgeLengths = [0, 1, 15, 16, 17, 65_535, 65_536, 65_537, 131_072, 3_000_001];
const corrupt = { code: 'CHUNK_CORRUPT' };

function sealed(frame: Uint8Array): Uint8Array {
  const into = new Uint8Array(sealedBytes(frame.length));
  sealFrame(frame, seal, into);
  return into;
}

async function openedByAge(file: Uint8Array): Promise<Buffer> {
  const decrypter = new age.Decrypter();
  decrypter.addIdentity(identity);
  return Buffer.from(await decrypter.decrypt(file));
}

describe('a sealed frame', () => {
  for (const length of edgeLengths) {
    test(`of ${length} bytes is opened by us and by age`, async () => {
      const frame = randomBytes(length);
      const file = sealed(frame);
      assert.ok(frame.equals(openSealed(file, open)));
      assert.ok(frame.equals(await openedByAge(file)));
    });

    test(`of ${length} bytes that age sealed is opened by us`, async () => {
      const frame = randomBytes(length);
      const encrypter = new age.Encrypter();
      encrypter.addRecipient(recipientText(seal.recipient));
      const file = await encrypter.encrypt(frame);
      assert.equal(file.length, sealedBytes(length));
      assert.ok(frame.equals(openSealed(file, open)));
    });
  }

  test('of any content comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (frame) => {
        assert.deepEqual(Buffer.from(openSealed(sealed(frame), open)), Buffer.from(frame));
      }),
      { numRuns: 50 },
    );
  });

  test('is the same file and the same name again, and shares nothing with that of another frame, key or store', () => {
    const frame = randomBytes(70_000);
    assert.deepEqual(sealed(frame), sealed(frame));
    const parts = (file: Uint8Array): string[] => {
      const text = Buffer.from(file).toString('latin1');
      const [, stanza, body, mac] = text.split('\n');
      return [stanza!, body!, mac!, text.slice(168, 184), text.slice(184, 216)];
    };
    const other = Buffer.from(frame);
    other[0]! ^= 1;
    const foreignName = { ...seal, nameKey: nameKey(randomBytes(32)) };
    const foreignStore = { ...seal, recipient: storeKeys().seal.recipient };
    const all = [
      parts(sealed(frame)),
      parts(sealed(other)),
      ...[foreignName, foreignStore].map((key) => {
        const into = new Uint8Array(sealedBytes(frame.length));
        sealFrame(frame, key, into);
        return parts(into);
      }),
    ];
    assert.equal(new Set(all.flat()).size, all.length * 5);
  });

  test('has the name that the specification says', () => {
    const frame = randomBytes(1_000);
    const into = new Uint8Array(sealedBytes(frame.length));
    const name = sealFrame(frame, seal, into);
    assert.equal(name, sealedName(frame, seal.nameKey));
    const names = secretBytes(seal.nameKey);
    const derived = Buffer.from(hkdfSync('sha256', frame, names, 'holdfast name', 32));
    assert.equal(name, derived.toString('hex'));
    // And its secrets are HKDF too, as others can compute them: file key and nonce are in the file in that form.
    const info = Buffer.concat([Buffer.from('holdfast seal'), publicBytes(seal.recipient)]);
    const secrets = Buffer.from(hkdfSync('sha256', frame, names, info, 64));
    assert.deepEqual(Buffer.from(into.subarray(168, 184)), secrets.subarray(48));
    // As by hand, with nothing but HMAC.
    const extracted = createHmac('sha256', names).update(frame).digest();
    assert.equal(createHmac('sha256', extracted).update('holdfast name\x01').digest('hex'), name);
  });

  test('is refused with any bit of it changed', () => {
    const file = sealed(randomBytes(40));
    for (let bit = 0; bit < file.length * 8; bit++) {
      const changed = Uint8Array.from(file);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      assert.throws(() => openSealed(changed, open), corrupt, `bit ${bit}`);
    }
  });

  test('is refused at any other length, and with segments swapped, dropped or repeated', () => {
    const frame = randomBytes(3 * 65_536 + 10);
    const file = sealed(frame);
    const start = 168 + 16;
    const step = 65_536 + 16;
    const segments = [0, 1, 2, 3].map((n) => file.subarray(start + n * step, start + (n + 1) * step));
    const joined = (...order: number[]): Uint8Array =>
      Buffer.concat([file.subarray(0, start), ...order.map((n) => segments[n]!)]);
    assert.ok(frame.equals(openSealed(joined(0, 1, 2, 3), open)));
    for (const order of [[0, 1, 2], [0, 2, 3], [1, 0, 2, 3], [0, 1, 2, 3, 3], [0, 1, 2, 2, 3], [3], []]) {
      assert.throws(() => openSealed(joined(...order), open), corrupt, order.join());
    }
    for (const length of [0, 1, 100, 167, 168, 183, 184, 199, 200, start + step, file.length - 1]) {
      assert.throws(() => openSealed(file.subarray(0, length), open), corrupt, `${length}`);
    }
    for (const end of [Buffer.of(0), Buffer.of(10), randomBytes(16), randomBytes(17), file]) {
      assert.throws(() => openSealed(Buffer.concat([file, end]), open), corrupt);
    }
  });

  test('is refused where an empty segment ends a payload that is not empty', () => {
    const secret = nameKey(Buffer.alloc(16, 7));
    const stanza = wrapX25519(secretBytes(secret), seal.recipient, newIdentity());
    // 64 KiB as a segment that is not the last, and an empty one: age refuses it too.
    const whole = new Uint8Array(payloadBytes(65_537));
    sealPayload(secret, Buffer.alloc(16), new Uint8Array(65_537), whole);
    const file = Buffer.concat([
      encodeHeader([stanza], secret),
      whole.subarray(0, 16 + 65_536 + 16),
      randomBytes(16),
    ]);
    assert.throws(() => openSealed(file, open), corrupt);
  });

  test('is for the store alone: further recipients, other kinds and other stores are refused', async () => {
    const frame = randomBytes(100);
    const two = sealBytes(frame, [seal.recipient, storeKeys().seal.recipient]);
    assert.throws(() => openSealed(two, open), { code: 'CHUNK_CORRUPT', message: /one X25519 recipient/ });
    const byPassphrase = await sealBytesByPassphrase(frame, 'a passphrase that is long');
    assert.throws(() => openSealed(byPassphrase, open), {
      code: 'CHUNK_CORRUPT',
      message: /one X25519 recipient/,
    });
    const foreign = sealBytes(frame, [storeKeys().seal.recipient]);
    assert.throws(() => openSealed(foreign, open), {
      code: 'CHUNK_CORRUPT',
      message: /the key of this store does not open it/,
    });
    // age adds a stanza that nobody can open, now and then.
    const secret = nameKey(randomBytes(16));
    const grease = { args: ['x-grease', 'abc'], body: randomBytes(10) };
    const header = encodeHeader(
      [wrapX25519(secretBytes(secret), seal.recipient, newIdentity()), grease],
      secret,
    );
    const payload = new Uint8Array(payloadBytes(3));
    sealPayload(secret, randomBytes(16), Buffer.from('abc'), payload);
    assert.throws(() => openSealed(Buffer.concat([header, payload]), open), corrupt);
  });

  test('with a share of low order, which every key would open, is refused', () => {
    const secret = nameKey(Buffer.alloc(16, 1));
    const { body } = wrapX25519(secretBytes(secret), seal.recipient, newIdentity());
    const zero = { args: ['X25519', Buffer.alloc(32).toString('base64').replace('=', '')], body };
    const payload = new Uint8Array(payloadBytes(0));
    sealPayload(secret, randomBytes(16), new Uint8Array(), payload);
    assert.throws(() => openSealed(Buffer.concat([encodeHeader([zero], secret), payload]), open), corrupt);
  });

  test('is no more than headers of one form', () => {
    const good = Buffer.from(sealed(Buffer.from('x'))).toString('latin1');
    const header = good.slice(0, 168);
    assert.equal(parseHeader(Buffer.from(header, 'latin1'))?.end, 168);
    for (const changed of [
      header.replace('v1', 'v2'),
      header.replaceAll('\n', '\r\n'),
      header.replace('-> X25519', '->  X25519'),
      header.replace('-> X25519 ', '-> X25519'),
      header.replace('-> X25519', '-> x25519'),
      header.replace(/\n(.{43})\n---/, '\n$1=\n---'),
      header.replace('\n--- ', '\n\n--- '),
      header.replace('--- ', '---'),
      `\n${header}`,
    ]) {
      assert.notEqual(changed, header);
      assert.throws(
        () => openSealed(Buffer.from(changed + good.slice(168), 'latin1'), open),
        corrupt,
        changed,
      );
    }
  });
});
