import * as fs from 'node:fs';
import { HoldfastError } from './base/errors.ts';
import { settings } from './settings.ts';

/** A variable as it is set; undefined when it is not. */
export type Lookup = (name: string) => string | undefined;

/** Variables of secrets that are no options: of the driver and of stores. */
export const otherSecretVariables = [
  'PGPASSWORD',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AZURE_STORAGE_KEY',
  'AZURE_STORAGE_SAS_TOKEN',
  'HOLDFAST_SFTP_PASSWORD',
  'HOLDFAST_SFTP_KEY_PASSPHRASE',
] as const;

const secretVariables: ReadonlySet<string> = new Set([
  ...settings.flatMap(({ variable, secret }) => (variable !== undefined && secret ? [variable] : [])),
  ...otherSecretVariables,
]);

/** The variable that names the file of a secret, as Docker and Kubernetes mount them. */
export function fileVariable(variable: string): string {
  return `${variable}_FILE`;
}

/** More than any secret has. */
const bytesMax = 100_000;

/**
 * Looks a variable up; that of a secret is read out of the file that `NAME_FILE` names, without the end of its last line.
 * @throws INVALID_CONFIGURATION, by the lookup, where both are set, or the file cannot be read or is empty
 */
export function withSecretFiles(environment: Record<string, string | undefined>): Lookup {
  const read = new Map<string, string>();
  return (name) => {
    const value = environment[name];
    if (!secretVariables.has(name)) return value;
    const variable = fileVariable(name);
    const file = environment[variable]?.trim();
    if (!file) return value;
    if (value?.trim()) {
      throw new HoldfastError('INVALID_CONFIGURATION', `${name} and ${variable} are both set.`, {
        hint: 'Set one of them: which of the two was meant cannot be known.',
      });
    }
    let text = read.get(name);
    if (text === undefined) read.set(name, (text = secretIn(file, variable)));
    return text;
  };
}

/** @throws INVALID_CONFIGURATION naming variable and file, never what is in it */
function secretIn(file: string, variable: string): string {
  const refused = (problem: string, cause?: unknown): HoldfastError =>
    new HoldfastError('INVALID_CONFIGURATION', `${variable}: ${file} ${problem}.`, {
      hint: `${variable} is the path of a file that holds the secret and nothing else, and that this process can read.`,
      cause,
    });
  let text: string;
  try {
    // A pipe that nothing is written to would be waited for without end.
    if (!fs.statSync(file).isFile()) throw refused('is not a regular file');
    const handle = fs.openSync(file, 'r');
    try {
      const buffer = Buffer.alloc(bytesMax + 1);
      let size = 0;
      for (let got = 1; got > 0 && size <= bytesMax; size += got) {
        got = fs.readSync(handle, buffer, size, buffer.length - size, size);
      }
      if (size > bytesMax) throw refused(`is larger than ${bytesMax} bytes`);
      text = buffer.toString('utf8', 0, size).replace(/\r?\n$/, '');
    } finally {
      fs.closeSync(handle);
    }
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause;
    throw refused(`cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'an error'}`, cause);
  }
  if (text.trim() === '') throw refused('is empty');
  return text;
}
