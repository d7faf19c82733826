/** Documents as age files, each under a new random key: to several recipients, or by a passphrase. */
import { createSecretKey, generateKeyPairSync, randomBytes, scrypt, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { HoldfastError } from '../../base/errors.ts';
import { capitalized } from '../../base/words.ts';
import { base64, encodeHeader, fromBase64, parseHeader, type Stanza } from './age-header.ts';
import { openPayload, payloadBytes, sealPayload } from './age-payload.ts';
import { fileKeyBytes, unwrapFileKey, unwrapX25519, wrapFileKey, wrapX25519 } from './age-x25519.ts';
import { openingRequired } from './keys.ts';

/** What opens a document. */
export type Opener = { readonly identities: readonly KeyObject[] } | { readonly passphrase: string };

/** @param recipients X25519 public keys, at least one */
export function sealBytes(plain: Uint8Array, recipients: readonly KeyObject[]): Buffer<ArrayBuffer> {
  const fileKey = randomBytes(fileKeyBytes);
  const stanzas = recipients.map((recipient) =>
    wrapX25519(fileKey, recipient, generateKeyPairSync('x25519').privateKey),
  );
  return sealedUnder(fileKey, stanzas, plain);
}

/** log2 of the work that a guess takes: about a second and 256 MiB. What age uses. */
const workFactor = 18;
/** More than this, and a file that another wrote takes a gigabyte and more to try. */
const workFactorMax = 20;

export async function sealBytesByPassphrase(
  plain: Uint8Array,
  passphrase: string,
): Promise<Buffer<ArrayBuffer>> {
  const fileKey = randomBytes(fileKeyBytes);
  const salt = randomBytes(16);
  const body = wrapFileKey(fileKey, await passphraseKey(passphrase, salt, workFactor));
  return sealedUnder(fileKey, [{ args: ['scrypt', base64(salt), String(workFactor)], body }], plain);
}

function sealedUnder(fileKey: Buffer, stanzas: readonly Stanza[], plain: Uint8Array): Buffer<ArrayBuffer> {
  const secret = createSecretKey(fileKey);
  const header = encodeHeader(stanzas, secret);
  const sealed = Buffer.alloc(header.length + payloadBytes(plain.length));
  sealed.set(header);
  sealPayload(secret, randomBytes(16), plain, sealed.subarray(header.length));
  return sealed;
}

/**
 * What `sealBytes`, `sealBytesByPassphrase` or age itself sealed.
 * @param of what the message of an error is about
 * @throws KEY_REQUIRED when it is sealed to other keys or another passphrase; MANIFEST_INVALID when it was changed, or is
 *   no age file
 */
export async function openBytes(
  sealed: Uint8Array,
  opener: Opener,
  of: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = parseHeader(sealed);
  if (!header) throw damaged(of, 'it is not an age file of version 1');
  const fileKey = await unwrap(header.stanzas, opener, of);
  if (!fileKey) {
    const given = 'passphrase' in opener ? 'passphrase' : 'key';
    throw openingRequired(`The ${given} that was given does not open ${of}.`);
  }
  const secret = createSecretKey(fileKey);
  const plain = header.isWhole(secret) ? openPayload(secret, sealed.subarray(header.end)) : undefined;
  if (!plain) throw damaged(of, 'it was changed, shortened or lengthened since it was encrypted');
  return plain;
}

async function unwrap(stanzas: readonly Stanza[], opener: Opener, of: string): Promise<Buffer | undefined> {
  if ('passphrase' in opener) return await unwrapByPassphrase(stanzas, opener.passphrase, of);
  for (const stanza of stanzas) {
    for (const identity of opener.identities) {
      const fileKey = unwrapX25519(stanza, identity);
      if (fileKey) return fileKey;
    }
  }
  return undefined;
}

async function unwrapByPassphrase(
  stanzas: readonly Stanza[],
  passphrase: string,
  of: string,
): Promise<Buffer | undefined> {
  const [stanza, further] = stanzas;
  const [type, saltText = '', factor = '', ...rest] = stanza?.args ?? [];
  // With further recipients, knowing the passphrase would not mean that its holder wrote the file.
  if (!stanza || further || type !== 'scrypt') return undefined;
  const salt = fromBase64(saltText);
  if (
    salt?.length !== 16 ||
    !/^[1-9]\d?$/.test(factor) ||
    rest.length > 0 ||
    Number(factor) > workFactorMax
  ) {
    throw damaged(
      of,
      `its passphrase takes more than 2^${workFactorMax} steps to try, or its header is malformed`,
    );
  }
  return unwrapFileKey(stanza.body, await passphraseKey(passphrase, salt, Number(factor)));
}

async function passphraseKey(passphrase: string, salt: Buffer, factor: number): Promise<KeyObject> {
  const labelled = Buffer.concat([Buffer.from('age-encryption.org/v1/scrypt'), salt]);
  const N = 2 ** factor;
  const options = { N, r: 8, p: 1, maxmem: 129 * N * 8 };
  const derive = promisify<string, Buffer, number, typeof options, Buffer>(scrypt);
  return createSecretKey(await derive(passphrase, labelled, 32, options));
}

function damaged(of: string, reason: string): HoldfastError {
  return new HoldfastError('MANIFEST_INVALID', `${capitalized(of)} cannot be opened: ${reason}.`, {
    hint: 'Choose another backup or another copy, and check the storage.',
  });
}
