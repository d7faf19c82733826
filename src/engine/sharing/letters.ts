import type { KeyObject } from 'node:crypto';
import * as zlib from 'node:zlib';
import { lock, unlock } from '../../format/sealing/lock.ts';

const bytesMax = 256 * 1024 * 1024;

/**
 * What a run and its helpers say to each other, as it is kept in the catalog.
 * @param about what it is of which run: it opens as nothing else
 * @param key where the store has keys: one who can write to the catalog can neither read nor change it then
 */
export function writeLetter(value: unknown, about: string, key: KeyObject | undefined): Uint8Array {
  const bytes = zlib.zstdCompressSync(JSON.stringify(value));
  return key ? lock(bytes, key, about) : bytes;
}

/** @throws when it was written with another key, or is about something else */
export function readLetter(letter: Uint8Array, about: string, key: KeyObject | undefined): unknown {
  const bytes = key ? unlock(letter, key, about) : letter;
  return JSON.parse(zlib.zstdDecompressSync(bytes, { maxOutputLength: bytesMax }).toString());
}
