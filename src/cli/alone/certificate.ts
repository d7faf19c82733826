import * as fs from 'node:fs/promises';
import { HoldfastError } from '../../base/errors.ts';
import { readCertificate } from '../../format/certificate.ts';
import { parseIdentityFile, parseWriterKey } from '../../format/sealing/key-files.ts';
import { keyOfText, verificationKey } from '../../format/sealing/signatures.ts';
import { describeStatement } from '../describe/drill.ts';
import type { Answer } from '../invocation.ts';
import { bold, green } from '../terminal/style.ts';

/** @throws CERTIFICATE_INVALID, SIGNATURE_INVALID; INVALID_REQUEST for a file that cannot be read */
export async function verifyCertificate(file: string, key: string | undefined): Promise<Answer> {
  const text = await contentOf(file);
  const accepted = key === undefined ? [] : await keysOf(key);
  const { statement, signedBy } = readCertificate(text, accepted);
  const who =
    signedBy === null
      ? 'It is not signed: it says what was found, and proves nothing of who says it.'
      : accepted.length > 0
        ? `It is signed by ${signedBy}, as it must be.`
        : `It is signed by ${signedBy}. Compare that with the verification key of your store, or name it with --key: anybody can sign with a key of their own.`;
  return {
    document: { valid: true, signedBy, keyGiven: accepted.length > 0, statement },
    text: `${green('✓')} ${bold('The certificate is whole.')} ${who}\n\n${describeStatement(statement)}`,
  };
}

async function contentOf(file: string): Promise<string> {
  try {
    return await fs.readFile(file, 'utf8');
  } catch (cause) {
    const { code = 'an error' } = cause as NodeJS.ErrnoException;
    throw new HoldfastError('INVALID_REQUEST', `${file} cannot be read: ${code}.`, { cause });
  }
}

/** The public keys that a text or file names. */
async function keysOf(given: string): Promise<Uint8Array[]> {
  if (verificationKey.safeParse(given).success) return [keyOfText(given)];
  const text = await contentOf(given);
  const keys = text.trimStart().startsWith('{')
    ? [parseWriterKey(text).sign.publicKey]
    : [...parseIdentityFile(text).verificationKeys];
  if (keys.length > 0) return keys;
  throw new HoldfastError('INVALID_REQUEST', `${given} names no verification key of a store.`, {
    hint: 'Give the public key in base64, or the writer key of the store.',
  });
}
