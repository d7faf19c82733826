import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { HoldfastError } from '../../../src/base/errors.ts';
import { identityText, recipientText } from '../../../src/format/sealing/age-keys.ts';
import {
  parseIdentityFile,
  parseWriterKey,
  recoveryKeyText,
  storeKeyText,
} from '../../../src/format/sealing/key-files.ts';
import { createKeySet } from '../../../src/format/sealing/key-set.ts';
import { nameKey, secretBytes } from '../../../src/format/sealing/keys.ts';
import { newIdentity } from './keys.ts';

const created = '2026-01-02T03:04:05.000Z';

test('a recovery key is an identity file with what is needed in its comments', () => {
  const identity = newIdentity();
  const key = randomBytes(32);
  const text = recoveryKeyText(identity, created, [key]);
  assert.match(text, /^# created: 2026-01-02T03:04:05\.000Z$/m);
  assert.match(text, new RegExp(`^# public key: ${recipientText(identity)}$`, 'm'));
  const file = parseIdentityFile(text);
  assert.deepEqual(file.identities.map(identityText), [identityText(identity)]);
  assert.deepEqual(
    file.verificationKeys.map((each) => Buffer.from(each)),
    [key],
  );
  assert.equal(file.nameKey, undefined);
});

test('an identity file may be of age-keygen, of another system, and hold several keys', () => {
  const [one, two] = [newIdentity(), newIdentity()];
  const text = `\r\n# created: now\r\n# whatever: x\r\n${identityText(one)}  \r\n\r\n${identityText(two)}`;
  assert.deepEqual(parseIdentityFile(text).identities.map(recipientText), [
    recipientText(one),
    recipientText(two),
  ]);
  const names = nameKey(randomBytes(32));
  const own = parseIdentityFile(storeKeyText(one, names, 'the-id', created));
  assert.deepEqual(secretBytes(own.nameKey!), secretBytes(names));
});

/** The error of parsing, which shows no piece of a secret. */
function refusal(parse: (text: string) => unknown, text: string, secrets: readonly string[]): HoldfastError {
  let found: unknown;
  assert.throws(
    () => parse(text),
    (error) => ((found = error), true),
  );
  assert.ok(found instanceof HoldfastError && found.code === 'INVALID_CONFIGURATION', String(found));
  const told = JSON.stringify([found, found.stack, found.cause]);
  for (const secret of secrets) {
    for (let at = 0; at + 6 <= secret.length; at++) assert.ok(!told.includes(secret.slice(at, at + 6)), told);
  }
  return found;
}

test('what is wrong with an identity file is said, without anything of it', () => {
  const identity = newIdentity();
  const secret = identityText(identity).slice('AGE-SECRET-KEY-1'.length);
  const cases: [text: string, message: RegExp][] = [
    ['', /holds no key/],
    ['# created: now\n', /holds no key/],
    [recipientText(identity), /line 1 is a public key/],
    [`# x\n${identityText(identity).slice(0, -1)}`, /line 2 is no age identity/],
    [
      `AGE-SECRET-KEY-1${secret.replace(/^./, (first) => (first === 'Q' ? 'P' : 'Q'))}`,
      /or has an error in it/,
    ],
    [`x${identityText(identity)}`, /line 1 is no age identity/],
    [identityText(identity).toLowerCase(), /line 1 is no age identity/],
    ['age-encryption.org/v1\n-> scrypt', /encrypted itself/],
    ['-----BEGIN AGE ENCRYPTED FILE-----', /encrypted itself/],
    ['-----BEGIN OPENSSH PRIVATE KEY-----', /kind that is not supported/],
    ['AGE-PLUGIN-YUBIKEY-1QQQ', /kind that is not supported/],
    ['{\n"format": 1}', /looks like a writer key/],
    [`${identityText(identity)}\n# name-key: abc`, /line 2 \(name-key\) must be 32 bytes/],
    [
      `# verification-key: ${randomBytes(31).toString('base64')}\n${identityText(identity)}`,
      /line 1 \(verification-key\)/,
    ],
  ];
  for (const [text, message] of cases) {
    assert.match(refusal(parseIdentityFile, text, [secret]).message, message);
  }
});

test('what is wrong with a writer key is said, without anything of it', async () => {
  const { writerKey, recoveryKey } = await createKeySet();
  const file = JSON.parse(writerKey) as Record<string, string>;
  assert.match(file['about']!, /opens none/);
  const secrets = [file['nameKey']!, file['signingKey']!, recoveryKey.trim().split('\n').at(-1)!.slice(16)];
  const changed = (changes: Record<string, unknown>): string => JSON.stringify({ ...file, ...changes });
  assert.equal(parseWriterKey(changed({ further: 1 })).store, file['store']);
  const cases: [text: string, message: RegExp][] = [
    ['', /not a JSON document/],
    [writerKey.slice(0, -3), /not a JSON document/],
    [writerKey.slice(writerKey.indexOf(secrets[0]!)), /not a JSON document/],
    [recoveryKey, /is an age identity/],
    [changed({ format: 'holdfast-writer-key/2' }), /format holdfast-writer-key\/1/],
    [changed({ nameKey: secrets[0]!.slice(4) }), /with all its fields/],
    [changed({ signingKey: undefined }), /with all its fields/],
    [changed({ signingKey: randomBytes(32).toString('base64') }), /do not belong together/],
    [changed({ recipient: 'age1abc' }), /recipient is not an age recipient/],
    [changed({ keys: { a: '!' } }), /with all its fields/],
  ];
  for (const [text, message] of cases) assert.match(refusal(parseWriterKey, text, secrets).message, message);
});
