import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import * as age from 'age-encryption';
import { identityText, parseRecipient, recipientText } from '../../../src/format/sealing/age-keys.ts';
import { addRecipient, handOverSigning, removeRecipient } from '../../../src/format/sealing/key-changes.ts';
import { parseWriterKey } from '../../../src/format/sealing/key-files.ts';
import {
  createKeySet,
  createStoreKeys,
  recipientsOf,
  storeOfWriterKey,
  wrappedName,
  type NewKeySet,
} from '../../../src/format/sealing/key-set.ts';
import { privateKey, requireOpening, requireSealing, secretBytes } from '../../../src/format/sealing/keys.ts';
import { openBytes, sealBytes } from '../../../src/format/sealing/sealed-bytes.ts';
import { openSealed, sealedBytes, sealFrame } from '../../../src/format/sealing/sealed-frame.ts';
import { keyOfText, newSigningKey, signText, verifyText } from '../../../src/format/sealing/signatures.ts';
import {
  descriptionText,
  parseDescription,
  plainDescription,
  type StoreFacts,
} from '../../../src/format/sealing/store-description.ts';
import { openStoreKeys, type GivenKeys } from '../../../src/format/sealing/store-keys.ts';
import { newIdentity } from './keys.ts';

const identity = newIdentity();
const other = newIdentity();
const passphrase = 'five words chosen at random';
const byIdentity: GivenKeys = { identity: identityText(identity) };
let made: NewKeySet;

before(async () => {
  made = await createStoreKeys({ recipients: [recipientText(identity), recipientText(other)] });
});

const openMade = (given: GivenKeys, changes: Partial<NewKeySet> = {}) =>
  openStoreKeys(changes.description ?? made.description, changes.wrappedKeys ?? made.wrappedKeys, given);

function sealedFrame(keys: { seal?: Parameters<typeof sealFrame>[1] }, frame: Uint8Array): Uint8Array {
  const into = new Uint8Array(sealedBytes(frame.length));
  sealFrame(frame, keys.seal!, into);
  return into;
}

const replaced = { code: 'SIGNATURE_INVALID', hint: /neither|do not/ };

describe('the keys of a store', () => {
  test('each part does what it is for: one writes and signs, the other opens, both prove', async () => {
    const writer = await openMade({ writerKey: made.writerKey });
    const reader = await openMade(byIdentity);
    assert.ok(writer.sealed && writer.seal && writer.sign && !writer.open);
    assert.ok(reader.sealed && reader.open && !reader.seal && !reader.sign);
    assert.equal(writer.id, reader.id);
    const frame = randomBytes(500);
    assert.ok(frame.equals(openSealed(sealedFrame(writer, frame), reader.open)));
    assert.ok(requireSealing(writer) && requireOpening(reader));
    assert.throws(() => requireOpening(writer), { code: 'KEY_REQUIRED', hint: /recovery key/ });
    assert.throws(() => requireSealing(reader), { code: 'KEY_REQUIRED', hint: /writer key/ });
    verifyText('x', signText('x', writer.sign), reader.verify!, 'it');
    const both = await openMade({ ...byIdentity, writerKey: made.writerKey });
    assert.ok(both.open && both.seal && both.sign);
    const none = await openMade({});
    assert.deepEqual(Object.keys(none).toSorted(), ['id', 'sealed', 'verify']);
  });

  test('nothing secret is shown where keys are printed', async () => {
    const keys = await openMade({ ...byIdentity, writerKey: made.writerKey });
    const shown = inspect(keys, { depth: 9, showHidden: true }) + JSON.stringify(keys);
    for (const key of [keys.seal!.nameKey, keys.open!.identity, keys.sign!.privateKey]) {
      const secret = secretBytes(key);
      for (const form of ['hex', 'base64', 'base64url', 'latin1'] as const)
        assert.ok(!shown.includes(secret.toString(form)));
      assert.ok(!shown.includes([...secret].slice(0, 8).join(', ')));
    }
  });

  test('the writer key opens nothing, whatever of it is tried', async () => {
    const frame = Buffer.from('a frame that nobody may read');
    const writer = await openMade({ writerKey: made.writerKey });
    const stored = sealedFrame(writer, frame);
    const file = JSON.parse(made.writerKey) as Record<string, string> & { keys: Record<string, string> };
    // Every text in it, and everything that 32 bytes of it could be.
    const material = [writer.seal!.nameKey, writer.sign!.privateKey].map(secretBytes);
    const publics = [Buffer.from(writer.sign!.publicKey), Buffer.from(file['nameKey']!, 'base64')];
    for (const bytes of [...material, ...publics]) {
      const tried = privateKey('X25519', bytes);
      assert.throws(() => openSealed(stored, { nameKey: writer.seal!.nameKey, identity: tried }), {
        code: 'CHUNK_CORRUPT',
      });
      for (const content of [stored, ...made.wrappedKeys.values()]) {
        await assert.rejects(openBytes(content, { identities: [tried] }, 'it'), { code: 'KEY_REQUIRED' });
      }
    }
    assert.ok(!/AGE-SECRET-KEY/.test(made.writerKey));
    const { open } = await openMade(byIdentity);
    for (const form of ['base64', 'hex'] as const)
      assert.ok(!made.writerKey.includes(secretBytes(open!.identity).toString(form)));
    await assert.rejects(openMade({ identity: made.writerKey }), {
      code: 'INVALID_CONFIGURATION',
      message: /looks like a writer key/,
    });
  });

  test('a key of another store, and none, open nothing, and it is said what would', async () => {
    await assert.rejects(
      openMade({ identity: identityText(newIdentity()) }),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'KEY_REQUIRED');
        assert.ok(
          error.message.includes(recipientText(identity)) && error.message.includes(recipientText(other)),
        );
        return true;
      },
    );
    await assert.rejects(openMade({ passphrase }), {
      code: 'KEY_REQUIRED',
      message: /passphrase that was given does not open/,
    });
    await assert.rejects(openMade(byIdentity, { wrappedKeys: new Map() }), {
      code: 'KEY_REQUIRED',
      message: /its keys are gone/,
    });
    await assert.rejects(createStoreKeys({ recipients: [] }), { code: 'INVALID_REQUEST', hint: /keygen/ });
    await assert.rejects(createStoreKeys({ recipients: ['age1nothing'] }), { code: 'INVALID_REQUEST' });
    await assert.rejects(createStoreKeys({ recipients: [], passphrase: 'too short' }), {
      code: 'INVALID_REQUEST',
      message: /16 characters/,
    });
  });

  test('a passphrase opens it too, and so does the key of the store itself, as age writes it', async () => {
    const set = await createStoreKeys({ recipients: [recipientText(identity)], passphrase });
    const { open } = await openStoreKeys(set.description, set.wrappedKeys, byIdentity);
    const opened = await openStoreKeys(set.description, set.wrappedKeys, { passphrase });
    assert.ok(opened.open!.identity.equals(open!.identity) && opened.open!.nameKey.equals(open!.nameKey));
    const decrypter = new age.Decrypter();
    decrypter.addIdentity(identityText(identity));
    const own = await decrypter.decrypt(set.wrappedKeys.get(wrappedName(recipientText(identity)))!, 'text');
    const again = await openStoreKeys(set.description, new Map(), { identity: own });
    assert.ok(again.open!.identity.equals(open!.identity) && again.open!.nameKey.equals(open!.nameKey));
    const bare = own.replaceAll(/^#.*\n/gm, '');
    await assert.rejects(openStoreKeys(set.description, new Map(), { identity: bare }), {
      code: 'INVALID_CONFIGURATION',
      message: /name-key/,
    });
  });

  test('keys that were lost or spoiled in the store are in the writer key too', async () => {
    const spoiled = new Map(Array.from(made.wrappedKeys.keys(), (name) => [name, randomBytes(300)] as const));
    await assert.rejects(openMade(byIdentity, { wrappedKeys: spoiled }), { code: 'MANIFEST_INVALID' });
    for (const wrappedKeys of [spoiled, new Map<string, Uint8Array>()]) {
      assert.ok((await openMade({ ...byIdentity, writerKey: made.writerKey }, { wrappedKeys })).open);
    }
  });

  test('a store is made of a writer key alone, for those that it knows', async () => {
    const set = await createKeySet();
    const store = storeOfWriterKey(set.writerKey);
    assert.deepEqual(recipientsOf(store.wrappedKeys.keys()), [set.recipient]);
    const keys = await openStoreKeys(store.description, store.wrappedKeys, {
      identity: set.recoveryKey,
      writerKey: set.writerKey,
    });
    assert.ok(keys.open && keys.seal);
    assert.deepEqual(storeOfWriterKey(set.writerKey, [set.recipient]).wrappedKeys, store.wrappedKeys);
    assert.throws(() => storeOfWriterKey(set.writerKey, [recipientText(other)]), {
      code: 'KEY_REQUIRED',
      message: new RegExp(set.recipient),
    });
    // The recovery key knows the store: another one is refused before anything is tried.
    await assert.rejects(openMade({ identity: set.recoveryKey }), replaced);
  });
});

describe('someone who can write to the store', () => {
  /** A store of the attacker, sealed to what the victim's keys are known to be: their public halves. */
  async function attack(facts: Partial<StoreFacts> = {}, sign = newSigningKey()): Promise<NewKeySet> {
    const theirs = await createStoreKeys({ recipients: [recipientText(identity)] });
    const own = parseDescription(theirs.description).facts;
    const text = descriptionText(
      { ...own, ...facts, verificationKeys: [Buffer.from(sign.publicKey).toString('base64')] },
      sign,
    );
    return { ...theirs, description: text };
  }
  const verificationKeys = () => [keyOfText(made.verificationKey)];

  test('cannot have a writer seal to their key', async () => {
    const { facts } = parseDescription(made.description);
    const writerKey = made.writerKey;
    for (const evil of [
      await attack(),
      await attack({ id: facts.id }),
      await attack({ id: facts.id, recipient: facts.recipient }),
    ]) {
      await assert.rejects(openMade({ writerKey }, evil), replaced);
    }
    // Nor the thief of the signing key, without the name key and the public key that go with it.
    const { sign } = parseWriterKey(writerKey);
    await assert.rejects(openMade({ writerKey }, await attack({ id: facts.id }, sign)), {
      code: 'SIGNATURE_INVALID',
      message: /another public key/,
    });
    await assert.rejects(openMade({ writerKey }, await attack({ recipient: facts.recipient }, sign)), {
      code: 'SIGNATURE_INVALID',
      message: /writer key is of store/,
    });
  });

  test('cannot pass off a store as another one to a reader with verification keys', async () => {
    const { facts } = parseDescription(made.description);
    for (const evil of [await attack(), await attack({ id: facts.id, recipient: facts.recipient })]) {
      await assert.rejects(openMade({ ...byIdentity, verificationKeys: verificationKeys() }, evil), replaced);
    }
    await assert.rejects(
      openMade(
        { ...byIdentity, verificationKeys: verificationKeys() },
        { description: plainDescription(facts.id, facts.created) },
      ),
      {
        code: 'SIGNATURE_INVALID',
        message: /is not signed/,
      },
    );
    const recoveryKey = `# verification-key: ${made.verificationKey}\n${identityText(identity)}`;
    await assert.rejects(openMade({ identity: recoveryKey }, await attack()), replaced);
    assert.ok((await openMade({ identity: recoveryKey })).open);
  });

  test('cannot have a plain store taken for the sealed one by its writer', async () => {
    const { facts } = parseDescription(made.description);
    await assert.rejects(
      openMade({ writerKey: made.writerKey }, { description: plainDescription(facts.id, facts.created) }),
      { code: 'SIGNATURE_INVALID' },
    );
  });

  test('cannot have a sealed store taken for one without signatures', async () => {
    const { facts } = parseDescription(made.description);
    const description = descriptionText({ ...facts, verificationKeys: [] }, undefined);
    await assert.rejects(openMade(byIdentity, { description }), {
      code: 'MANIFEST_INVALID',
      message: /no key that signs/,
    });
  });

  test('cannot change the description, in any character that means something', async () => {
    const document = JSON.parse(made.description) as {
      facts: string;
      signature: { key: string; value: string };
    };
    const changed = (changes: object): string => JSON.stringify({ ...document, ...changes });
    for (const facts of [
      document.facts.replace('"sealed":true', '"sealed":true '),
      document.facts.replace(/.$/, ',"x":1}'),
    ]) {
      await assert.rejects(openMade({}, { description: changed({ facts }) }), {
        code: 'SIGNATURE_INVALID',
        message: /was changed/,
      });
    }
    await assert.rejects(openMade({}, { description: changed({ signature: undefined }) }), {
      code: 'SIGNATURE_INVALID',
      message: /is not signed/,
    });
    // A text of another kind, signed with the same key.
    const { sign } = parseWriterKey(made.writerKey);
    const header = document.facts.replace('holdfast store', 'holdfast backup');
    await assert.rejects(
      openMade({}, { description: changed({ facts: header, signature: signText(header, sign) }) }),
      { code: 'MANIFEST_INVALID' },
    );
    for (const [text, message] of [
      ['', /damaged/],
      ['[]', /damaged/],
      ['{"format":"holdfast-store/2"}', /does not know/],
      ['x'.repeat(300_000), /damaged/],
    ] as const) {
      await assert.rejects(openMade({}, { description: text }), { code: 'MANIFEST_INVALID', message });
    }
  });

  test('cannot have a reader use another key that was sealed to it', async () => {
    const theirs = await createStoreKeys({ recipients: [recipientText(identity)] });
    await assert.rejects(openMade(byIdentity, { wrappedKeys: theirs.wrappedKeys }), {
      code: 'SIGNATURE_INVALID',
      message: /holds another key/,
    });
    // Beside the right one it is no more than in the way.
    const both = new Map([
      ['keys/a.age', [...theirs.wrappedKeys.values()][0]!],
      ['keys/b.age', randomBytes(9)],
      ...made.wrappedKeys,
    ] as [string, Uint8Array][]);
    assert.ok((await openMade(byIdentity, { wrappedKeys: both })).open);
    const junk = sealBytes(Buffer.from('junk'), [parseRecipient(recipientText(identity))]);
    await assert.rejects(openMade(byIdentity, { wrappedKeys: new Map([['keys/a.age', junk]]) }), {
      code: 'INVALID_CONFIGURATION',
      message: /keys\/a\.age/,
    });
  });
});

describe('those that may open a store', () => {
  test('are added and removed, without writing any data again', async () => {
    const third = newIdentity();
    const store = { ...made, writerKey: made.writerKey, ...byIdentity };
    const added = await addRecipient(store, recipientText(third));
    assert.equal(added.name, wrappedName(recipientText(third)));
    const wrappedKeys = new Map([...made.wrappedKeys, [added.name, added.content]]);
    const frame = randomBytes(100);
    const stored = sealedFrame(await openMade({ writerKey: made.writerKey }), frame);
    const opened = await openMade({ identity: identityText(third) }, { wrappedKeys });
    assert.ok(frame.equals(openSealed(stored, opened.open!)));

    assert.equal((await addRecipient(store, recipientText(third).toUpperCase())).name, added.name);
    const phrase = await addRecipient(store, { passphrase });
    assert.equal(phrase.name, 'keys/passphrase.age');
    assert.ok(
      (await openMade({ passphrase }, { wrappedKeys: new Map([[phrase.name, phrase.content]]) })).open,
    );

    const removed = await removeRecipient({ ...store, wrappedKeys }, recipientText(other));
    assert.equal(removed, wrappedName(recipientText(other)));
    wrappedKeys.delete(removed);
    await assert.rejects(openMade({ identity: identityText(other) }, { wrappedKeys }), {
      code: 'KEY_REQUIRED',
    });
    assert.ok((await openMade(byIdentity, { wrappedKeys })).open);
  });

  test('are never none, and only who can open it changes them', async () => {
    const store = { description: made.description, wrappedKeys: made.wrappedKeys };
    const mine = recipientText(identity);
    await assert.rejects(addRecipient({ ...store, writerKey: made.writerKey }, mine), {
      code: 'KEY_REQUIRED',
    });
    await assert.rejects(addRecipient({ ...store, identity: identityText(newIdentity()) }, mine), {
      code: 'KEY_REQUIRED',
    });
    await assert.rejects(addRecipient({ ...store, ...byIdentity }, identityText(newIdentity())), {
      code: 'INVALID_REQUEST',
    });
    await assert.rejects(removeRecipient({ ...store, writerKey: made.writerKey }, mine), {
      code: 'KEY_REQUIRED',
    });
    await assert.rejects(removeRecipient({ ...store, ...byIdentity }, recipientText(newIdentity())), {
      code: 'INVALID_REQUEST',
    });
    // Its own key is the last that the caller is known to have.
    await assert.rejects(removeRecipient({ ...store, ...byIdentity }, mine), {
      code: 'KEY_REQUIRED',
      message: /would no longer open/,
    });
    const one = new Map([[wrappedName(mine), made.wrappedKeys.get(wrappedName(mine))!]]);
    await assert.rejects(removeRecipient({ ...store, wrappedKeys: one, ...byIdentity }, mine), {
      code: 'KEY_REQUIRED',
    });
    // Junk beside it, or a key of someone else, is no other way to open it.
    const junk = new Map([...one, ['keys/junk.age', randomBytes(100)] as const]);
    await assert.rejects(removeRecipient({ ...store, wrappedKeys: junk, ...byIdentity }, mine), {
      code: 'KEY_REQUIRED',
    });
  });
});

describe('a signing key that was replaced', () => {
  test('is followed by one that readers trust because the old one says so', async () => {
    const next = await handOverSigning(made, made.writerKey, { retire: false });
    const verificationKeys = [keyOfText(made.verificationKey)];
    const reader = await openMade({ ...byIdentity, verificationKeys }, next);
    const old = await openMade({ writerKey: made.writerKey });
    const writer = await openMade({ writerKey: next.writerKey }, next);
    for (const { sign } of [old, writer]) verifyText('x', signText('x', sign!), reader.verify!, 'it');
    assert.ok(
      writer.seal!.nameKey.equals(old.seal!.nameKey) && writer.seal!.recipient.equals(old.seal!.recipient),
    );
    // And on.
    const third = await handOverSigning({ ...made, ...next }, next.writerKey, { retire: false });
    assert.equal((await openMade({ ...byIdentity, verificationKeys }, third)).verify!.length, 3);
    await assert.rejects(
      openMade({ ...byIdentity, verificationKeys: [newSigningKey().publicKey] }, third),
      replaced,
    );
  });

  test('counts no longer once it is retired', async () => {
    const next = await handOverSigning(made, made.writerKey, { retire: true });
    const reader = await openMade(
      { ...byIdentity, verificationKeys: [keyOfText(next.verificationKey)] },
      next,
    );
    const { sign } = parseWriterKey(made.writerKey);
    assert.throws(() => verifyText('x', signText('x', sign), reader.verify!, 'it'), {
      code: 'SIGNATURE_INVALID',
    });
    await assert.rejects(openMade({ writerKey: made.writerKey }, next), {
      code: 'KEY_REQUIRED',
      message: /was replaced/,
    });
    // The description of before does not come back for one who knows the new key.
    await assert.rejects(
      openMade({ ...byIdentity, verificationKeys: [keyOfText(next.verificationKey)] }),
      replaced,
    );
  });

  test('is replaced by its holder alone, in its own store', async () => {
    const verificationKeys = [keyOfText(made.verificationKey)];
    const { facts } = parseDescription(made.description);
    const thief = newSigningKey();
    const text = (key: Uint8Array): string => Buffer.from(key).toString('base64');
    const statement = (from: string, store: string): string =>
      JSON.stringify({
        kind: 'holdfast hand-over',
        store,
        from,
        to: text(thief.publicKey),
        at: facts.created,
      });
    const evil = { ...facts, verificationKeys: [text(thief.publicKey)] };
    const { sign } = parseWriterKey(made.writerKey);
    const forgeries = [
      // Signed by the thief; by the thief in the name of the owner; by the owner for another store; a header of the owner.
      {
        text: statement(made.verificationKey, facts.id),
        signature: signText(statement(made.verificationKey, facts.id), thief),
      },
      {
        text: statement(made.verificationKey, facts.id),
        signature: {
          ...signText(statement(made.verificationKey, facts.id), thief),
          key: made.verificationKey,
        },
      },
      { text: statement(made.verificationKey, crypto.randomUUID()), signature: signText('', sign) },
    ];
    const foreign = statement(made.verificationKey, crypto.randomUUID());
    forgeries.push({ text: foreign, signature: signText(foreign, sign) });
    for (const forged of forgeries) {
      const description = descriptionText(evil, thief, [forged]);
      await assert.rejects(openMade({ ...byIdentity, verificationKeys }, { description }), replaced);
    }
    await assert.rejects(
      handOverSigning(made, (await createKeySet()).writerKey, { retire: false }),
      replaced,
    );
  });

  test('a plain store has no keys', async () => {
    const description = plainDescription(crypto.randomUUID(), '2026-01-01T00:00:00.000Z');
    const { id: _, ...keys } = await openStoreKeys(description, new Map(), byIdentity);
    assert.deepEqual(keys, { sealed: false });
    assert.equal(requireOpening(keys), undefined);
    assert.equal(requireSealing(keys), undefined);
  });
});
