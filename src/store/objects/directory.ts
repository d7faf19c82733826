import { constants, type Dirent, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { HoldfastError } from '../../base/errors.ts';
import type { DirectoryAddress } from './address.ts';
import {
  answerTooShort,
  causeText,
  objectObstructed,
  objectTooLarge,
  placeMissing,
  saysUnreachable,
  storeFailure,
} from './failure.ts';
import { fileObjects } from './file-objects.ts';
import type { FileTree } from './file-tree.ts';
import { maxObjectBytes, rangeWithin, type Objects } from './objects.ts';

/** Nobody else reads backups, whatever the umask is. */
const fileMode = 0o600;
const folderMode = 0o700;

/** A planted link is not followed, and a planted pipe does not hang the one who opens it. */
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Objects in a folder of this machine, which exists: it is never made, because where a disk should be mounted an empty folder
 * would take its place. Symbolic links in it are not followed; its own path may have some.
 */
export function directoryObjects({
  address,
  path: root,
}: Pick<DirectoryAddress, 'address' | 'path'>): Objects {
  return fileObjects(directoryTree(address, root));
}

function directoryTree(address: string, root: string): FileTree {
  /** The root as it was found first: its path without links, its device and inode. */
  let first: { real: string; stats: Stats } | undefined;

  const checkRoot = async (): Promise<string> => {
    const stats = await attempt('reach', '', () => fs.stat(root)).catch(absentIs(undefined));
    if (!stats?.isDirectory()) throw placeMissing(address, 'folder');
    // Not what a call at the same moment finds while this one waits.
    const known = first;
    if (known && stats.dev === known.stats.dev && stats.ino === known.stats.ino) return known.real;
    const found = { real: await attempt('reach', '', () => fs.realpath(root)), stats };
    // Another disk, or the same one mounted again, has backups on it; the folder it is mounted on has none.
    if (known && (await isEmpty(found.real))) {
      throw storeFailure(
        'STORE_UNREACHABLE',
        `The folder of ${address} is another one than before, and empty.`,
        {
          hint: 'A disk or network folder that belongs there is probably not mounted any more. Mount it, then try again.',
          details: { address },
        },
      );
    }
    first = found;
    return found.real;
  };

  const isEmpty = async (folder: string): Promise<boolean> => {
    const entries = await attempt('read', '', () => fs.opendir(folder));
    const entry = await entries.read();
    await entries.close();
    return entry === null;
  };

  /** The path of a file, or undefined when its folder is not there. @throws STORE_DENIED when the way leads over a link */
  const locate = async (name: string): Promise<string | undefined> => {
    const real = first?.real ?? (await checkRoot());
    const folder = path.join(real, path.dirname(name));
    const reached = await attempt('reach', name, () => fs.realpath(folder)).catch(absentIs(undefined));
    if (reached !== undefined && reached !== folder) throw isLink(name);
    return reached === undefined ? undefined : path.join(real, name);
  };

  const isLink = (name: string): HoldfastError =>
    storeFailure(
      'STORE_DENIED',
      `On the way to ${name} in ${address} is a symbolic link, which is not followed.`,
      {
        hint: 'Replace the link with what it refers to, or mount that in its place.',
        details: { address, name },
      },
    );

  /** Runs a call of the file system. @throws its error as one of ours; one that says that nothing is there as it is */
  const attempt = async <T>(verb: string, name: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof HoldfastError) throw error;
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EEXIST') throw error;
      const what = `Cannot ${verb} ${name || 'the folder'} ${name === '' ? 'of' : 'in'} ${address}: ${causeText(error)}.`;
      const details = { address, ...(name === '' ? {} : { name }) };
      if (code === 'ELOOP' || code === 'EMLINK') throw isLink(name);
      if (code === 'ENOSPC' || code === 'EDQUOT') throw storeFailure('STORE_FULL', what, { details });
      if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
        const hint = `Let the user of this process read and write in ${root}, on a disk that is mounted for writing.`;
        throw storeFailure('STORE_DENIED', what, { details, hint });
      }
      if (saysUnreachable(error)) throw storeFailure('STORE_UNREACHABLE', what, { details });
      const hint = 'Check the disk and the file system of the folder (dmesg, smartctl), then try again.';
      throw storeFailure('STORE_FAILED', what, { details, hint });
    }
  };

  const syncFolder = async (folder: string): Promise<void> => {
    const place = path.join(first?.real ?? (await checkRoot()), folder);
    // Windows opens no folders.
    if (process.platform === 'win32') return;
    await attempt('write', folder, async () => {
      const handle = await fs.open(place, constants.O_RDONLY | constants.O_DIRECTORY);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  };

  return {
    address,
    async checkRoot() {
      await checkRoot();
    },

    async facts(name) {
      const place = await locate(name);
      if (place === undefined) return undefined;
      const stats = await attempt('read', name, () => fs.lstat(place)).catch(absentIs(undefined));
      if (stats?.isSymbolicLink()) throw isLink(name);
      return stats?.isFile() ? { bytes: stats.size, modifiedAt: stats.mtime } : undefined;
    },

    async entries(folder) {
      const place = await locate(folder === '' ? 'x' : `${folder}/x`);
      if (place === undefined) return undefined;
      const entries = await attempt('list', folder, () =>
        fs.readdir(path.dirname(place), { withFileTypes: true }),
      ).catch(absentIs(undefined));
      return entries?.map((entry) => ({ name: entry.name, kind: kindOf(entry) }));
    },

    async makeFolder(folder) {
      const place = await locate(folder);
      if (place === undefined) return undefined;
      try {
        await attempt('make', folder, () => fs.mkdir(place, { mode: folderMode }));
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') throw objectObstructed(address, folder);
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const stats = await attempt('read', folder, () => fs.lstat(place)).catch(absentIs(undefined));
      if (stats?.isSymbolicLink()) throw isLink(folder);
      if (stats && !stats.isDirectory()) throw objectObstructed(address, folder);
      return false;
    },

    async removeFolder(folder) {
      const place = await locate(folder);
      if (place !== undefined)
        await attempt('remove', folder, () => fs.rmdir(place)).catch(absentIs(undefined));
    },

    async create(name, content, signal) {
      const place = await locate(name);
      if (place === undefined) return false;
      const handle = await attempt('write', name, () => fs.open(place, 'wx', fileMode)).catch(
        absentIs(undefined),
      );
      if (handle === undefined) return false;
      try {
        await attempt('write', name, async () => {
          for (let at = 0; at < content.length;) {
            signal.throwIfAborted();
            at += (await handle.write(content, at, Math.min(content.length - at, pieceBytes))).bytesWritten;
          }
          await handle.sync();
        });
      } catch (error) {
        await handle.close().catch(() => {});
        await fs.unlink(place).catch(() => {});
        throw error;
      }
      // Network file systems tell of a full disk at the end.
      await attempt('write', name, () => handle.close());
      return true;
    },

    async read(name, range, signal) {
      const place = await locate(name);
      const handle =
        place && (await attempt('read', name, () => fs.open(place, readFlags)).catch(absentIs(undefined)));
      if (!handle) return undefined;
      try {
        const stats = await attempt('read', name, () => handle.stat());
        if (!stats.isFile()) return undefined;
        if (stats.size > maxObjectBytes) throw objectTooLarge(address, name);
        const { start, end } = range ? rangeWithin(range, stats.size) : { start: 0, end: stats.size };
        const content = Buffer.allocUnsafeSlow(end - start);
        for (let at = 0; at < content.length;) {
          signal.throwIfAborted();
          const { bytesRead } = await attempt('read', name, () =>
            handle.read(content, at, Math.min(content.length - at, pieceBytes), start + at),
          );
          if (bytesRead === 0) throw answerTooShort(address, name, content.length, at);
          at += bytesRead;
        }
        return content;
      } finally {
        await handle.close();
      }
    },

    async link(from, to) {
      const [source, target] = [await locate(from), await locate(to)];
      if (source === undefined || target === undefined) throw objectObstructed(address, to);
      try {
        await fs.link(source, target);
        return true;
      } catch (error) {
        const { code = '' } = error as NodeJS.ErrnoException;
        if (code === 'EEXIST') return false;
        // FAT, and many network folders.
        if (['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) return undefined;
        if (code === 'ENOENT' || code === 'ENOTDIR') throw objectObstructed(address, to);
        return attempt('write', to, () => Promise.reject(error as Error));
      }
    },

    async rename(from, to) {
      const [source, target] = [await locate(from), await locate(to)];
      if (source === undefined || target === undefined) throw objectObstructed(address, to);
      try {
        await fs.rename(source, target);
      } catch (error) {
        if (
          ['EISDIR', 'EEXIST', 'ENOTEMPTY', 'ENOENT', 'ENOTDIR'].includes(
            (error as NodeJS.ErrnoException).code ?? '',
          )
        )
          throw objectObstructed(address, to);
        await attempt('write', to, () => Promise.reject(error as Error));
      }
    },

    async remove(name) {
      const place = await locate(name);
      if (place === undefined) return;
      try {
        await fs.unlink(place);
      } catch (error) {
        // A folder is no object: there is none of this name.
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EISDIR' || (code === 'EPERM' && (await fs.lstat(place)).isDirectory())) return;
        await attempt('delete', name, () => Promise.reject(error as Error)).catch(absentIs(undefined));
      }
    },

    syncFolder,
    async close() {},
  };
}

/** Between two of them it is seen whether the call has ended. */
const pieceBytes = 4 * 1024 * 1024;

function kindOf(entry: Dirent): 'file' | 'folder' | 'other' {
  if (entry.isFile()) return 'file';
  return entry.isDirectory() ? 'folder' : 'other';
}

/** For `catch`: a value where the error says that nothing is there. */
function absentIs<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return value;
    throw error;
  };
}
