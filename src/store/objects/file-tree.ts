import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { abortReason } from '../../base/errors.ts';
import { usualPatience, withDeadline } from './deadline.ts';
import { storeFailure } from './failure.ts';
import {
  checkName,
  checkPrefix,
  checkPut,
  checkRange,
  isObjectName,
  maxObjectBytes,
  type CallOptions,
  type ListedObject,
  type ListOptions,
  type ObjectFacts,
  type ObjectRange,
  type Objects,
  type ObjectVersion,
} from './objects.ts';

export interface FileEntry {
  name: string;
  kind: 'file' | 'folder' | 'other';
  /** Of a file, where they come with its name. */
  facts?: ObjectFacts;
}

type FoundName = Pick<FileEntry, 'name' | 'facts'>;

/**
 * Files below one folder, the root, that may be on another machine. Paths are relative to the root, with `/`, and are made of names
 * of objects and temporary names; `''` is the root. Symbolic links are `other`. Every method throws what `Objects` may throw.
 */
export interface FileTree {
  readonly address: string;
  /** @throws STORE_UNREACHABLE when the root is not there */
  checkRoot(): Promise<void>;
  /** Undefined where there is no file. */
  facts(path: string): Promise<ObjectFacts | undefined>;
  /** Undefined where there is no folder. */
  entries(folder: string): Promise<FileEntry[] | undefined>;
  /** @returns false when it is there already, undefined when the folder above it is not */
  makeFolder(path: string): Promise<boolean | undefined>;
  removeFolder(path: string): Promise<void>;
  /** Makes a file with this content, on disk when it resolves. @returns false when the folder it should be in is not there */
  create(path: string, content: Uint8Array, signal: AbortSignal): Promise<boolean>;
  /** All of a file, or a range of it; undefined where there is no file. */
  read(path: string, range: ObjectRange | undefined, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** A second name for a file. @returns false when there is something of that name, undefined when it cannot be done here */
  link(from: string, to: string): Promise<boolean | undefined>;
  /** Gives a file another name, in one step, in place of the file that has it. */
  rename(from: string, to: string): Promise<void>;
  /** Success where there is none. */
  remove(path: string): Promise<void>;
  /** Brings the names in a folder to disk, where that can be asked for. */
  syncFolder(path: string): Promise<void>;
  close(): Promise<void>;
}

/** No name of an object begins so. */
const temporaryMark = '~';
/** Longer than any put takes: what is older was left by a process that was killed. */
const leftoverAgeMs = 24 * 60 * 60_000;
/** A lock is held for a comparison and a rename; an older one was left by a process that was killed. */
const staleLockMs = 20_000;
const lockPollMs = 25;
/** Of a listing, whose sizes are asked for. */
const filesAtOnce = 64;

/**
 * Objects as files. A put writes a temporary file and then gives it its name: a second name where none may be there, else in
 * place of the old file. Versions are SHA-256 of the content. The file system does not compare them: that is done under a lock
 * (a folder, which only one can make), which a process that was paused for 20 s may have lost without knowing.
 */
export function fileObjects(tree: FileTree, patience = usualPatience): Objects {
  const { address } = tree;
  /** Folders that have been there. */
  const known = new Set<string>(['']);

  const within = <T>(
    what: string,
    { signal, bytes }: CallOptions & { bytes?: number },
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> =>
    withDeadline({ address, what, signal, bytes: bytes ?? 0, patience }, async (ending) => {
      await tree.checkRoot();
      return work(ending);
    });

  /** @returns false when a folder that has been there is not there any more */
  const makeFolders = async (folder: string): Promise<boolean> => {
    if (known.has(folder)) return true;
    const above = folderOf(folder);
    if (!(await makeFolders(above))) return false;
    const made = await tree.makeFolder(folder);
    if (made === undefined) return false;
    if (made) await tree.syncFolder(above);
    known.add(folder);
    return true;
  };

  const createTemporary = async (
    folder: string,
    content: Uint8Array,
    signal: AbortSignal,
  ): Promise<string> => {
    const temporary = inFolder(folder, `${temporaryMark}${randomUUID()}`);
    for (const _ of ['as folders are known', 'with all folders made again']) {
      if ((await makeFolders(folder)) && (await tree.create(temporary, content, signal))) return temporary;
      // Another process, or a person, has removed folders meanwhile.
      known.clear();
      known.add('');
    }
    throw storeFailure(
      'STORE_FAILED',
      `A folder of ${address} goes away again as soon as it is made: ${folder}.`,
    );
  };

  const versionOf = async (name: string, signal: AbortSignal): Promise<ObjectVersion | null> => {
    const content = await tree.read(name, undefined, signal);
    return content === undefined ? null : hashOf(content);
  };

  /** Gives the temporary file its name. @returns false when the object does not have the expected version */
  const settle = async (
    temporary: string,
    name: string,
    expected: ObjectVersion | null | undefined,
    signal: AbortSignal,
  ): Promise<boolean> => {
    signal.throwIfAborted();
    if (expected === null) {
      const linked = await tree.link(temporary, name);
      if (linked !== undefined) return linked;
    }
    if (expected === undefined) {
      await tree.rename(temporary, name);
      return true;
    }
    return underLock(tree, name, signal, async () => {
      if ((await versionOf(name, signal)) !== expected) return false;
      signal.throwIfAborted();
      await tree.rename(temporary, name);
      return true;
    });
  };

  /** Names of objects, and of folders with a slash behind them, so that they sort as the names in them do; the first is last. */
  const namesOf = (folder: string, signal: AbortSignal | undefined): Promise<FoundName[]> =>
    within(`list ${folder}/`, { signal }, async () => {
      const entries = (await tree.entries(folder)) ?? [];
      await removeLeftovers(tree, folder, entries);
      return entries
        .filter(({ name, kind }) => kind !== 'other' && isObjectName(inFolder(folder, name)))
        .map(({ name, kind, facts }) => ({
          name: inFolder(folder, name) + (kind === 'folder' ? '/' : ''),
          facts,
        }))
        .toSorted((a, b) => (a.name < b.name ? 1 : -1));
    });

  return {
    address,
    conditionalPuts: false,

    async put(name, content, { expected, signal } = {}) {
      checkPut(name, content);
      return within(`put ${name}`, { signal, bytes: content.length }, async (ending) => {
        const version = hashOf(content);
        const folder = folderOf(name);
        let temporary: string | undefined;
        try {
          temporary = await createTemporary(folder, content, ending);
          if (!(await settle(temporary, name, expected, ending))) return undefined;
        } finally {
          if (temporary !== undefined) await tree.remove(temporary).catch(() => {});
        }
        await tree.syncFolder(folder);
        return version;
      });
    },

    async get(name, { signal } = {}) {
      checkName(name);
      return within(`get ${name}`, { signal, bytes: maxObjectBytes }, async (ending) => {
        const content = await tree.read(name, undefined, ending);
        return content && { content, version: hashOf(content) };
      });
    },

    async getRange(name, range, { signal } = {}) {
      checkRange(name, range);
      return within(`get ${name}`, { signal, bytes: Math.min(range.bytes, maxObjectBytes) }, (ending) =>
        tree.read(name, range, ending),
      );
    },

    async head(name, { signal } = {}) {
      checkName(name);
      return within(`head ${name}`, { signal }, () => tree.facts(name));
    },

    async *list(prefix, { after = '', signal }: ListOptions = {}) {
      checkPrefix(prefix);
      const top = folderOf(prefix);
      /** What is still to be given, the next one last. */
      const waiting: FoundName[] = await namesOf(top, signal);
      for (;;) {
        const wanted = (name: string): boolean =>
          name.endsWith('/')
            ? (name.startsWith(prefix) || prefix.startsWith(name)) && (name > after || after.startsWith(name))
            : name.startsWith(prefix) && name > after;
        const files: FoundName[] = [];
        let folder: string | undefined;
        while (waiting.length > 0 && folder === undefined && files.length < filesAtOnce) {
          const next = waiting.pop()!;
          if (!wanted(next.name)) continue;
          if (next.name.endsWith('/')) folder = next.name.slice(0, -1);
          else files.push(next);
        }
        if (files.length > 0) {
          const facts = await within(`list ${files[0]!.name}`, { signal }, () =>
            Promise.all(files.map(async (file) => file.facts ?? tree.facts(file.name))),
          );
          for (const [i, { name }] of files.entries()) {
            if (signal?.aborted) throw abortReason(signal);
            const found = facts[i];
            if (found) yield { name, ...found } satisfies ListedObject;
          }
        }
        if (folder !== undefined) waiting.push(...(await namesOf(folder, signal)));
        else if (files.length === 0) return;
      }
    },

    async delete(name, { signal } = {}) {
      checkName(name);
      await within(`delete ${name}`, { signal }, () => tree.remove(name));
    },

    close: () => tree.close(),
  };
}

function hashOf(content: Uint8Array): ObjectVersion {
  return createHash('sha256').update(content).digest('hex');
}

function folderOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function inFolder(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** Removes what killed processes have left. A role that may only read cannot, and need not. */
async function removeLeftovers(tree: FileTree, folder: string, entries: readonly FileEntry[]): Promise<void> {
  for (const { name, kind } of entries) {
    if (!/^~[0-9a-f-]{36}$/.test(name) || kind !== 'file') continue;
    const path = inFolder(folder, name);
    const facts = await tree.facts(path).catch(() => undefined);
    if (facts && facts.modifiedAt.getTime() < Date.now() - leftoverAgeMs)
      await tree.remove(path).catch(() => {});
  }
}

/** Runs `work` while no other process does, for one name. @throws STORE_FAILED when another holds the lock all the time */
async function underLock<T>(
  tree: FileTree,
  name: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const folder = folderOf(name);
  const lock = inFolder(
    folder,
    `${temporaryMark}lock-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`,
  );
  const giveUpAt = performance.now() + staleLockMs;
  while (!(await tree.makeFolder(lock))) {
    signal.throwIfAborted();
    await pause(lockPollMs * (0.5 + Math.random()), undefined, { signal });
    if (performance.now() < giveUpAt) continue;
    await tree.removeFolder(lock);
    throw storeFailure(
      'STORE_FAILED',
      `Another process was about to replace ${name} in ${tree.address} and has not finished. Its lock has been removed; nothing was written.`,
      { details: { address: tree.address, name } },
    );
  }
  try {
    return await work();
  } finally {
    await tree.removeFolder(lock);
  }
}
