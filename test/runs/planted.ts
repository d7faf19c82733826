import { inspect } from 'node:util';
import type { Logger } from '../../src/index.ts';

/** In the form of tokens and passwords, and found whatever is around it. */
export const planted = 'planted0secret0value';
/** What is in the middle of a longer one is a part of it. */
export const key = Buffer.from(planted.repeat(2)).toString('base64');
export const secrets = [planted, key];

/** What is said, by what said it. */
export type Said = [string, string][];

export const everything = (error: unknown): string =>
  `${String(error)} ${JSON.stringify(error)} ${inspect(error, { depth: 10, showHidden: true })}`;

/** The systems of one test; their logs are among what is said. */
export function listening(said: Said): Logger {
  return { log: (...line) => void said.push(['log', JSON.stringify(line)]) };
}
