/*
 * store/ owns what the commands of `holdfast store` do in the place of a store, without a database. It never prints a key.
 */
import path from 'node:path';
import { HoldfastError } from '../../base/errors.ts';
import { createStoreAt, type StoreFactsAt } from '../../engine/stores/create-store.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { givenTo } from '../system.ts';
import { flushFolder, writeKeyFile } from '../key-file.ts';
import { bold, green, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { firstLineOf } from '../first-line.ts';

export interface CreateStoreOptions {
  recipient?: string[];
  writerKey?: string;
  passphraseFile?: string;
  out?: string;
}

/** Makes a store: plain, of a writer key that exists, or with keys of its own. */
export async function createStore(
  invocation: Invocation,
  url: string,
  options: CreateStoreOptions,
): Promise<Answer> {
  const { recipient: recipients = [], passphraseFile, out } = options;
  const { storeCredentials = {}, ...given } = await givenTo(invocation);
  const writerKey = options.writerKey ?? given.writerKey;
  const newKeys = writerKey === undefined && (recipients.length > 0 || passphraseFile !== undefined);
  if (writerKey !== undefined) refuseBesideWriterKey({ '--out': out, '--passphrase-file': passphraseFile });
  else checkOut(newKeys, out);
  let written = false;
  try {
    const facts = await createStoreAt(url, storeCredentials, {
      writerKey,
      recipients,
      passphrase:
        passphraseFile === undefined
          ? undefined
          : await firstLineOf(passphraseFile, '--passphrase-file', 'passphrase'),
      async keepWriterKey(text) {
        await writeWriterKey(out!, text);
        written = true;
      },
    });
    return answer(facts, written ? out : undefined);
  } catch (error) {
    if (!written || !(error instanceof HoldfastError)) throw error;
    throw new HoldfastError(error.code, error.message, {
      hint: `${error.hint} The writer key is in ${out}; once the cause is removed, finish the store with it: holdfast store create ${url} --writer-key ${out}`,
      cause: error,
      ...(error.details ? { details: error.details } : {}),
    });
  }
}

function answer(facts: StoreFactsAt, writerKey: string | undefined): Answer {
  const lines = [`${green('✓')} There is a store at ${printable(facts.address)} now.`];
  if (facts.sealed) lines.push(`  It is encrypted. What opens it: ${facts.recipients.join(', ')}`);
  else lines.push(`  ${yellow('It is not encrypted:')} what can read the place can read the backups.`);
  if (writerKey !== undefined) {
    lines.push(
      '',
      `  ${bold(printable(writerKey))} is its writer key, for the application: it writes and signs backups, and opens none.`,
      '  Add this line to each recovery key of the store, so that no other store is taken for it:',
      ...facts.verificationKeys.map((key) => `  # verification-key: ${key}`),
    );
  }
  return { document: { ...facts, writerKey: writerKey ?? null }, text: lines.join('\n') };
}

function refuseBesideWriterKey(others: Record<string, string | undefined>): void {
  const given = Object.keys(others).filter((name) => others[name] !== undefined);
  if (given.length === 0) return;
  throw new HoldfastError(
    'INVALID_REQUEST',
    `${given.join(' and ')} cannot be given together with a writer key.`,
    {
      hint: 'The writer key has the keys of its store already. For new keys leave out --writer-key, and unset HOLDFAST_WRITER_KEY.',
    },
  );
}

function checkOut(newKeys: boolean, out: string | undefined): void {
  if (newKeys && out === undefined) {
    throw new HoldfastError('INVALID_REQUEST', 'An encrypted store needs a file for its writer key.', {
      hint: 'Add --out FILE: the key is written there, for the application that takes the backups.',
    });
  }
  if (!newKeys && out !== undefined) {
    throw new HoldfastError('INVALID_REQUEST', 'A store that is not encrypted has no writer key.', {
      hint: 'Leave out --out, or give --recipient age1… with the public key of a recovery key.',
    });
  }
}

async function writeWriterKey(file: string, text: string): Promise<void> {
  try {
    await writeKeyFile(file, text);
    await flushFolder(path.dirname(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') {
      throw new HoldfastError('INVALID_REQUEST', `${file} exists already. No store was made.`, {
        hint: 'Give another file with --out, or use the writer key in this one: --writer-key. A key is never replaced.',
        cause: error,
      });
    }
    throw new HoldfastError('INVALID_REQUEST', `The writer key cannot be written: ${message}.`, {
      hint: 'Give a file in a folder that you may write to with --out. No store was made.',
      cause: error,
    });
  }
}
