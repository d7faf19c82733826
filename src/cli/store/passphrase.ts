import * as fs from 'node:fs/promises';
import { HoldfastError } from '../../base/errors.ts';

const lengthMax = 10_000;

/** The first line of a file. @throws INVALID_REQUEST naming the file, never what is in it */
export async function passphraseIn(file: string): Promise<string> {
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'an error';
    throw new HoldfastError('INVALID_REQUEST', `--passphrase-file: ${file} cannot be read: ${reason}.`, {
      cause,
      hint: 'Give a file whose first line is the passphrase.',
    });
  }
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line !== '' && line.length <= lengthMax) return line;
  throw new HoldfastError(
    'INVALID_REQUEST',
    `--passphrase-file: the first line of ${file} is no passphrase.`,
    {
      hint: 'Give a file whose first line is the passphrase.',
    },
  );
}
