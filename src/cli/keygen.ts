import * as fs from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../base/errors.ts';
import { createKeySet } from '../format/sealing/key-set.ts';
import type { Answer } from './invocation.ts';
import { flushFolder, writeKeyFile } from './key-file.ts';
import { bold, green } from './terminal/style.ts';
import { printable } from './terminal/text.ts';

/** Writes both keys or none, and prints neither. */
export async function generateKeys(folder: string): Promise<Answer> {
  const { recipient, recoveryKey, writerKey } = await createKeySet();
  const recoveryFile = path.join(folder, 'recovery.key');
  const writerFile = path.join(folder, 'writer.key');
  try {
    await fs.mkdir(folder, { recursive: true, mode: 0o700 });
    await writeKeyFile(recoveryFile, recoveryKey);
    try {
      await writeKeyFile(writerFile, writerKey);
    } catch (error) {
      await fs.rm(recoveryFile, { force: true });
      throw error;
    }
    await flushFolder(folder);
  } catch (error) {
    throw notWritten(error, folder);
  }
  const text = `${green('✓')} The keys are in ${printable(folder)}. Their public key is ${recipient}

  ${bold('recovery.key')} opens the backups. Without it nobody can open them, and it cannot be made again:
  keep copies of it where the database and the backups are not.
  ${bold('writer.key')}   is for the application: it writes and signs backups, and opens none. Keep it secret all the same.`;
  return { document: { recipient, recoveryKey: recoveryFile, writerKey: writerFile }, text };
}

function notWritten(error: unknown, folder: string): unknown {
  const { code, message, path: file } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  if (code === 'EEXIST' && file !== undefined && file !== folder) {
    return new HoldfastError('INVALID_REQUEST', `${file} exists already. No key was written or changed.`, {
      hint: 'Give another folder with --out. A recovery key is never replaced: backups that it opens would be lost with it.',
    });
  }
  return new HoldfastError('INVALID_REQUEST', `No keys could be written into ${folder}: ${message}.`, {
    hint: 'Give a folder that you may write to with --out.',
  });
}
