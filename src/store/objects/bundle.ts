import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { HoldfastError } from '../../base/errors.ts';
import { blockBytes, paddingAfter, readBundleHeader } from './bundle-entry.ts';
import { storeFailure } from './failure.ts';
import { checkName, checkPrefix, checkRange, isObjectName, rangeWithin, type Objects } from './objects.ts';

interface Entry {
  offset: number;
  bytes: number;
}

interface Contents {
  handle: fs.FileHandle;
  entries: Map<string, Entry>;
  names: string[];
  modifiedAt: Date;
}

/**
 * The objects in a bundle, which are read and never written. Where each lies is read when the first is asked for, and kept: about
 * 150 bytes an object.
 */
export function bundleObjects({ address, path }: { address: string; path: string }): Objects {
  let opening: Promise<Contents> | undefined;
  const contents = (): Promise<Contents> => {
    opening ??= open(address, path);
    opening.catch(() => (opening = undefined));
    return opening;
  };
  async function read(name: string, start: number, end: number): Promise<Buffer | undefined> {
    const { handle, entries } = await contents();
    const entry = entries.get(name);
    if (!entry) return undefined;
    const range = { start: Math.min(start, entry.bytes), end: Math.min(end, entry.bytes) };
    return readExactly(address, handle, entry.offset + range.start, range.end - range.start);
  }
  const readOnly = async (): Promise<never> => {
    throw storeFailure('STORE_DENIED', `${address} is a bundle, which is never written to.`, {
      hint: 'Copy its backups into another store: holdfast import FILE.',
      details: { address },
    });
  };
  return {
    address,
    conditionalPuts: true,
    put: readOnly,
    delete: readOnly,
    async get(name) {
      checkName(name);
      const content = await read(name, 0, Infinity);
      return content && { content, version: createHash('sha256').update(content).digest('hex') };
    },
    async getRange(name, range) {
      checkRange(name, range);
      const bytes = (await contents()).entries.get(name)?.bytes;
      if (bytes === undefined) return undefined;
      const { start, end } = rangeWithin(range, bytes);
      return read(name, start, end);
    },
    async head(name) {
      checkName(name);
      const { entries, modifiedAt } = await contents();
      const entry = entries.get(name);
      return entry && { bytes: entry.bytes, modifiedAt };
    },
    async *list(prefix, { after = '' } = {}) {
      checkPrefix(prefix);
      const { entries, names, modifiedAt } = await contents();
      for (const name of names) {
        if (name.startsWith(prefix) && name > after)
          yield { name, bytes: entries.get(name)!.bytes, modifiedAt };
      }
    },
    async close() {
      const open = opening;
      opening = undefined;
      await (await open?.catch(() => undefined))?.handle.close();
    },
  };
}

async function open(address: string, path: string): Promise<Contents> {
  const handle = await fs.open(path, 'r').catch((error: unknown) => {
    throw storeFailure('STORE_UNREACHABLE', `The bundle ${address} cannot be opened.`, {
      cause: error,
      lasting: true,
    });
  });
  try {
    const { size, mtime } = await handle.stat();
    const entries = new Map<string, Entry>();
    for (let at = 0; ;) {
      // The second of the two blocks at the end adds nothing.
      if (at + blockBytes > size) throw notWhole(address, at);
      const header = readBundleHeader(await readExactly(address, handle, at, blockBytes));
      if (header === 'end') break;
      if (!header || !isObjectName(header.name)) throw notABundle(address, at);
      const offset = at + blockBytes;
      at = offset + header.bytes + paddingAfter(header.bytes);
      if (at > size) throw notWhole(address, offset);
      entries.set(header.name, { offset, bytes: header.bytes });
    }
    return { handle, entries, names: [...entries.keys()].toSorted(), modifiedAt: mtime };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readExactly(
  address: string,
  handle: fs.FileHandle,
  at: number,
  bytes: number,
): Promise<Buffer> {
  const content = Buffer.allocUnsafeSlow(bytes);
  for (let done = 0; done < bytes;) {
    const { bytesRead } = await handle.read(content, done, bytes - done, at + done);
    if (bytesRead === 0) throw notWhole(address, at + done);
    done += bytesRead;
  }
  return content;
}

function notWhole(address: string, at: number): HoldfastError {
  return storeFailure('STORE_FAILED', `The bundle ${address} is cut off after ${at} bytes.`, {
    hint: 'Its backup is not complete. Copy the file again from where it was made, or export the backup again.',
    details: { address, at },
    lasting: true,
  });
}

function notABundle(address: string, at: number): HoldfastError {
  return storeFailure(
    'STORE_FAILED',
    `${address} is not a bundle of Holdfast: what is at byte ${at} is none of it.`,
    {
      hint: 'Give the file that `holdfast export` wrote.',
      details: { address, at },
      lasting: true,
    },
  );
}
