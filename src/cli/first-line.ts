import * as fs from 'node:fs/promises';
import { HoldfastError } from '../base/errors.ts';

const lengthMax = 10_000;

/**
 * The first line of a file that holds a secret.
 * @param what it is, `passphrase`
 * @throws INVALID_REQUEST naming the file, never what is in it
 */
export async function firstLineOf(file: string, option: string, what: string): Promise<string> {
  const hint = `Give a file whose first line is the ${what}.`;
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'an error';
    throw new HoldfastError('INVALID_REQUEST', `${option}: ${file} cannot be read: ${reason}.`, {
      cause,
      hint,
    });
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line !== '' && line.length <= lengthMax) return line;
  throw new HoldfastError('INVALID_REQUEST', `${option}: the first line of ${file} is no ${what}.`, { hint });
}
