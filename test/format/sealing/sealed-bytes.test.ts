import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import * as age from 'age-encryption';
import fc from 'fast-check';
import {
  identityText,
  parseIdentity,
  parseRecipient,
  recipientText,
} from '../../../src/format/sealing/age-keys.ts';
import { decodeBech32, encodeBech32 } from '../../../src/format/sealing/bech32.ts';
import { encodeHeader } from '../../../src/format/sealing/age-header.ts';
import { payloadBytes, sealPayload } from '../../../src/format/sealing/age-payload.ts';
import { wrapX25519 } from '../../../src/format/sealing/age-x25519.ts';
import { nameKey, secretBytes } from '../../../src/format/sealing/keys.ts';
import { openBytes, sealBytes, sealBytesByPassphrase } from '../../../src/format/sealing/sealed-bytes.ts';
import { newIdentity } from './keys.ts';

const passphrase = 'five words chosen at random';

test('a document for several recipients is opened by each of them, by us and by age', async () => {
  const identities = [newIdentity(), newIdentity(), newIdentity()];
  const recipients = identities.map((each) => parseRecipient(recipientText(each)));
  for (const length of [0, 1, 65_536, 200_000]) {
    const plain = randomBytes(length);
    const sealed = sealBytes(plain, recipients);
    for (const identity of identities) {
      assert.ok(plain.equals(await openBytes(sealed, { identities: [newIdentity(), identity] }, 'it')));
      const decrypter = new age.Decrypter();
      decrypter.addIdentity(identityText(identity));
      assert.ok(plain.equals(await decrypter.decrypt(sealed)));
    }
    await assert.rejects(openBytes(sealed, { identities: [newIdentity()] }, 'the thing'), {
      code: 'KEY_REQUIRED',
      message: 'The key that was given does not open the thing.',
    });
  }
});

test('what age seals to several recipients is opened, whatever else is in its header', async () => {
  const identity = newIdentity();
  const encrypter = new age.Encrypter();
  encrypter.addRecipient(await age.identityToRecipient(await age.generateHybridIdentity()));
  encrypter.addRecipient(recipientText(newIdentity()));
  encrypter.addRecipient(recipientText(identity));
  // A body of 48 bytes has an empty line after it.
  encrypter.addRecipient({ wrapFileKey: () => [new age.Stanza(['x-other', 'a', 'b'], randomBytes(48))] });
  const sealed = await encrypter.encrypt('from age');
  const opened = await openBytes(sealed, { identities: [identity] }, 'it');
  assert.equal(Buffer.from(opened).toString(), 'from age');
});

test('a document under a passphrase is opened by it alone, by us and by age', async () => {
  const sealed = await sealBytesByPassphrase(Buffer.from('by words'), passphrase);
  assert.equal(Buffer.from(await openBytes(sealed, { passphrase }, 'it')).toString(), 'by words');
  const decrypter = new age.Decrypter();
  decrypter.addPassphrase(passphrase);
  assert.equal(await decrypter.decrypt(sealed, 'text'), 'by words');
  await assert.rejects(openBytes(sealed, { passphrase: `${passphrase}.` }, 'it'), { code: 'KEY_REQUIRED' });
  await assert.rejects(openBytes(sealed, { identities: [newIdentity()] }, 'it'), { code: 'KEY_REQUIRED' });

  const encrypter = new age.Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(10);
  const foreign = await encrypter.encrypt('from age');
  assert.equal(Buffer.from(await openBytes(foreign, { passphrase }, 'it')).toString(), 'from age');
});

test('a file that would take a gigabyte to try is not tried', async () => {
  const secret = nameKey(randomBytes(16));
  for (const factor of ['21', '64', '018', '-1', '1e1', '99999999']) {
    const stanza = {
      args: ['scrypt', randomBytes(16).toString('base64').slice(0, 22), factor],
      body: randomBytes(32),
    };
    await assert.rejects(openBytes(encodeHeader([stanza], secret), { passphrase }, 'it'), {
      code: 'MANIFEST_INVALID',
    });
  }
});

test('a document is refused with any bit of it changed', async () => {
  const identity = newIdentity();
  const sealed = sealBytes(Buffer.from('a document'), [parseRecipient(recipientText(identity))]);
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    await assert.rejects(
      openBytes(changed, { identities: [identity] }, 'it'),
      /KEY_REQUIRED|does not open|cannot be opened/,
    );
  }
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('{}'),
    randomBytes(100),
    Buffer.from('age-encryption.org/v1\n--- \n'),
  ]) {
    await assert.rejects(openBytes(bytes, { identities: [identity] }, 'keys/x.age'), {
      code: 'MANIFEST_INVALID',
      message: /^Keys\/x\.age cannot be opened/,
    });
  }
});

test('a file key of another length than 16 bytes is none', async () => {
  const identity = newIdentity();
  const recipient = parseRecipient(recipientText(identity));
  for (const length of [0, 15, 17, 32]) {
    const secret = nameKey(randomBytes(length));
    const header = encodeHeader([wrapX25519(secretBytes(secret), recipient, newIdentity())], secret);
    const payload = new Uint8Array(payloadBytes(0));
    sealPayload(secret, randomBytes(16), new Uint8Array(), payload);
    const file = Buffer.concat([header, payload]);
    await assert.rejects(openBytes(file, { identities: [identity] }, 'it'), { code: 'KEY_REQUIRED' });
  }
});

test('keys are written and read as age does', async () => {
  for (let n = 0; n < 20; n++) {
    const text = await age.generateX25519Identity();
    const identity = parseIdentity(text)!;
    assert.equal(identityText(identity), text);
    assert.equal(recipientText(identity), await age.identityToRecipient(text));
  }
  const text = identityText(newIdentity());
  for (const wrong of [
    '',
    text.toLowerCase(),
    text.slice(1),
    `${text}Q`,
    text.replace('1', '2'),
    recipientText(newIdentity()),
  ]) {
    assert.equal(parseIdentity(wrong), undefined);
  }
  assert.throws(
    () => parseRecipient(text),
    (error: Error & { hint: string }) => {
      assert.match(error.hint, /private key/);
      assert.ok(!JSON.stringify([error.message, error.hint]).includes(text.slice(15, 30)));
      return true;
    },
  );
  for (const wrong of [
    '',
    'age1',
    // A point that every private key shares the same secret with.
    encodeBech32('age', new Uint8Array(32)),
    'ssh-ed25519 AAAA',
    recipientText(newIdentity()).replace(/.$/, 'b1'),
    await age.identityToRecipient(await age.generateHybridIdentity()),
  ]) {
    assert.throws(() => parseRecipient(wrong), { code: 'INVALID_REQUEST' });
  }
});

test('Bech32 is that of BIP 173', () => {
  for (const valid of ['A12UEL5L', 'a12uel5l', 'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw', '?1ezyfcl']) {
    const found = decodeBech32(valid);
    assert.ok(found, valid);
    assert.equal(encodeBech32(found.prefix, found.bytes), valid.toLowerCase());
  }
  for (const wrong of [
    '1nwldj5',
    'pzry9x0s0muk',
    '1pzry9x0s0muk',
    'x1b4n0q5v',
    'li1dgmt3',
    'A1G7SGD8',
    '10a06t8',
    '1qzzfhee',
    'a12UEL5L',
    '\x201nwldj5',
    'an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1569pvx',
  ]) {
    assert.equal(decodeBech32(wrong), undefined, wrong);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 45 }), fc.nat(), (bytes, n) => {
      const text = encodeBech32('age', bytes);
      assert.deepEqual(decodeBech32(text)?.bytes, bytes);
      const at = 4 + (n % (text.length - 4));
      const typo = `${text.slice(0, at)}${text[at] === 'q' ? 'p' : 'q'}${text.slice(at + 1)}`;
      assert.equal(decodeBech32(typo), undefined);
    }),
  );
});
