import * as fs from 'node:fs/promises';
import { HoldfastError } from '../../base/errors.ts';
import type { GivenKeys } from '../../format/sealing/store-keys.ts';
import type { ConfiguredStore } from './configured-stores.ts';

const fileBytesMax = 100_000;

/**
 * The keys that were given for a store, each as a file or its content.
 * @throws INVALID_CONFIGURATION naming the file that cannot be read, never what is in it
 */
export async function givenKeys({
  writerKey,
  identity,
}: Pick<ConfiguredStore, 'writerKey' | 'identity'>): Promise<GivenKeys> {
  return {
    ...(writerKey === undefined ? {} : { writerKey: await textOf(writerKey, 'writerKey') }),
    ...(identity === undefined ? {} : { identity: await textOf(identity, 'identity') }),
  };
}

/** What a key file holds is JSON, comments, or a key: no path is like any of them. */
const content = /^\s*(?:\{|#|AGE-SECRET-KEY-)/i;

/** Whether a key was given as its content, and not as the file that holds it. */
export function isKeyText(given: string): boolean {
  return content.test(given);
}

async function textOf(given: string, option: string): Promise<string> {
  if (isKeyText(given)) return given;
  try {
    const file = await fs.open(given, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(fileBytesMax), 0, fileBytesMax, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? 'an error';
    // It may be a key that was pasted without its first characters, or a part of one. What the system says repeats it, so there is no cause.
    const file = /^[\w./~ :\\-]{1,300}$/.test(given) && !/[A-Za-z0-9+=]{24}/.test(given) ? given : 'the file';
    throw new HoldfastError('INVALID_CONFIGURATION', `${option}: ${file} cannot be read: ${reason}.`);
  }
}
