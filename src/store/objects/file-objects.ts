import { createHash, randomUUID } from 'node:crypto';
import { abortReason } from '../../base/errors.ts';
import { usualPatience, withDeadline } from './deadline.ts';
import { storeFailure } from './failure.ts';
import { underLock } from './file-lock.ts';
import { folderOf, inFolder, temporaryMark, type FileEntry, type FileTree } from './file-tree.ts';
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
  type Objects,
  type ObjectVersion,
} from './objects.ts';

type FoundName = Pick<FileEntry, 'name' | 'facts'>;

/** Longer than any put takes. */
const leftoverAgeMs = 24 * 60 * 60_000;
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

  /** Gives the temporary file its name. @returns undefined when the object does not have the expected version */
  const settle = async (
    temporary: string,
    name: string,
    expected: ObjectVersion | null | undefined,
    signal: AbortSignal,
  ): Promise<'moved' | 'linked' | undefined> => {
    signal.throwIfAborted();
    if (expected === null) {
      const linked = await tree.link(temporary, name);
      if (linked !== undefined) return linked ? 'linked' : undefined;
    }
    if (expected === undefined) {
      await tree.rename(temporary, name);
      return 'moved';
    }
    return underLock(tree, name, signal, async () => {
      if ((await versionOf(name, signal)) !== expected) return undefined;
      signal.throwIfAborted();
      await tree.rename(temporary, name);
      return 'moved';
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

    async put(name, content, { expected, unversioned = false, signal } = {}) {
      checkPut(name, content);
      return within(`put ${name}`, { signal, bytes: content.length }, async (ending) => {
        const version = unversioned ? '' : hashOf(content);
        const folder = folderOf(name);
        const temporary = await createTemporary(folder, content, ending);
        let moved = false;
        try {
          const outcome = await settle(temporary, name, expected, ending);
          if (outcome === undefined) return undefined;
          moved = outcome === 'moved';
        } finally {
          if (!moved) await tree.remove(temporary).catch(() => {});
        }
        await tree.syncFolder(folder);
        return version;
      });
    },

    async get(name, { unversioned = false, signal } = {}) {
      checkName(name);
      return within(`get ${name}`, { signal, bytes: maxObjectBytes }, async (ending) => {
        const content = await tree.read(name, undefined, ending);
        return content && { content, version: unversioned ? '' : hashOf(content) };
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

/**
 * Removes what killed processes have left: temporary files that are a day older than something else in their folder, both by the
 * clock of the place, which may be wrong. A role that may only read cannot, and need not.
 */
async function removeLeftovers(tree: FileTree, folder: string, entries: readonly FileEntry[]): Promise<void> {
  const isLeftover = ({ name, kind }: FileEntry): boolean => kind === 'file' && /^~[0-9a-f-]{36}$/.test(name);
  if (!entries.some(isLeftover)) return;
  const ages = new Map<FileEntry, number>();
  for (const entry of entries) {
    const facts = entry.facts ?? (await tree.facts(inFolder(folder, entry.name)).catch(() => undefined));
    if (facts) ages.set(entry, facts.modifiedAt.getTime());
  }
  let newest = 0;
  for (const modifiedAt of ages.values()) newest = Math.max(newest, modifiedAt);
  for (const [entry, modifiedAt] of ages) {
    if (!isLeftover(entry) || modifiedAt > newest - leftoverAgeMs) continue;
    await tree.remove(inFolder(folder, entry.name)).catch(() => {});
  }
}
