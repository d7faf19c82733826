import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { secretBytes } from '../../../src/format/sealing/keys.ts';
import { newSigningKey, signingKey, signText, verifyText } from '../../../src/format/sealing/signatures.ts';

const key = newSigningKey();
const text = '{"counter":7,"ü":"\\u0000"}';

const refused = (message: RegExp) => ({ code: 'SIGNATURE_INVALID', message });

test('a signature is Ed25519 over the bytes of the text', () => {
  const signed = signText(text, key);
  assert.ok(
    verify(null, Buffer.from(text), createPublicKey(key.privateKey), Buffer.from(signed.value, 'base64')),
  );
  assert.equal(
    verifyText(text, signed, [newSigningKey().publicKey, key.publicKey], 'the header'),
    key.publicKey,
  );
  assert.deepEqual(signText(text, signingKey(secretBytes(key.privateKey))), signed);
  // RFC 8032, 7.1, test 2.
  const known = signingKey(
    Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex'),
  );
  assert.equal(
    Buffer.from(known.publicKey).toString('hex'),
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  );
  assert.equal(
    Buffer.from(signText('r', known).value, 'base64').toString('hex'),
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  );
});

test('what is wrong with a signature is said', () => {
  const signed = signText(text, key);
  const accepted = [key.publicKey];
  assert.throws(
    () => verifyText(text, undefined, accepted, 'the header'),
    refused(/^The header is not signed\.$/),
  );
  assert.throws(() => verifyText(text, null, accepted, 'it'), refused(/is not signed/));
  for (const malformed of [
    '',
    {},
    { key: signed.key },
    { ...signed, value: '' },
    { ...signed, key: signed.key.slice(1) },
    { ...signed, value: `${signed.value} ` },
  ]) {
    assert.throws(() => verifyText(text, malformed, accepted, 'it'), refused(/malformed/));
  }
  const foreign = newSigningKey();
  assert.throws(
    () => verifyText(text, signText(text, foreign), accepted, 'it'),
    refused(/signed by another key/),
  );
  assert.throws(() => verifyText(text, signed, [], 'it'), refused(/signed by another key .*\(none\)/));
  // A foreign signature that claims the key.
  assert.throws(
    () => verifyText(text, { ...signText(text, foreign), key: signed.key }, accepted, 'it'),
    refused(/was changed/),
  );
});

test('a text that was changed in any bit, or a signature that was, is refused', () => {
  const signed = signText(text, key);
  const accepted = [key.publicKey];
  for (const changed of [`${text} `, text.slice(1), text.replace('7', '8'), '', text.replace('ü', 'u')]) {
    assert.throws(() => verifyText(changed, signed, accepted, 'it'), refused(/was changed/));
  }
  const bytes = Buffer.from(signed.value, 'base64');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.throws(
      () => verifyText(text, { ...signed, value: flipped.toString('base64') }, accepted, 'it'),
      refused(/was changed/),
    );
  }
});
