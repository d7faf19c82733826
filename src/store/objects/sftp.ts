import type { SftpCredentials } from './credentials.ts';
import type { Attributes, SFTPWrapper, Stats } from 'ssh2';
import type { HoldfastError } from '../../base/errors.ts';
import type { SftpAddress } from './address.ts';
import { usualPatience, type Patience } from './deadline.ts';
import { loadDriver } from './driver.ts';
import {
  answerTooShort,
  causeText,
  objectObstructed,
  objectTooLarge,
  placeMissing,
  storeFailure,
} from './failure.ts';
import { fileObjects } from './file-objects.ts';
import type { FileTree } from './file-tree.ts';
import { maxObjectBytes, rangeWithin, type ObjectFacts, type Objects } from './objects.ts';
import { inPieces } from './sftp-pieces.ts';
import { sftpConnection, type SftpConnection } from './sftp-connection.ts';

export interface SftpOptions {
  credentials?: SftpCredentials | undefined;
  patience?: Patience;
}

/** What a server answers to a request, by the protocol (version 3, section 7); the SDK gives it as the code of its errors. */
const status = {
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  noConnection: 6,
  connectionLost: 7,
} as const;

type Callback<T> = (error: Error | null | undefined, value: T) => void;

/**
 * Objects in a folder of an SFTP server, over one connection. The folder exists: it is never made. Files are brought to the
 * server's disk where it can be asked (fsync@openssh.com); for folders SFTP has no such request.
 * @throws STORE_DRIVER_MISSING
 */
export async function sftpObjects(target: SftpAddress, options: SftpOptions = {}): Promise<Objects> {
  const { default: ssh2 } = await loadDriver('ssh2', () => import('ssh2'));
  const { credentials = {}, patience = usualPatience } = options;
  return fileObjects(sftpTree(target, sftpConnection(ssh2.Client, target, credentials, patience)), patience);
}

function sftpTree({ address, path: root }: SftpAddress, connection: SftpConnection): FileTree {
  const placeOf = (name: string): string => (name === '' ? root : `${root}/${name}`);
  const isAbsent = (error: unknown): boolean => codeOf(error) === status.noSuchFile;

  const request = async <T>(work: (sftp: SFTPWrapper, done: Callback<T>) => void): Promise<T> => {
    const sftp = await connection.sftp();
    return new Promise<T>((resolve, reject) => {
      work(sftp, (error, value) => (error ? reject(error) : resolve(value)));
    });
  };

  /** An answer of the server as one of our errors. */
  const failed = async (verb: string, name: string, error: unknown): Promise<HoldfastError> => {
    if ((error as Error).name === 'HoldfastError') return error as HoldfastError;
    const what = `Cannot ${verb} ${name || 'the folder'} ${name === '' ? 'of' : 'in'} ${address}: ${causeText(error, connection.secrets)}.`;
    const details = { address, ...(name === '' ? {} : { name }) };
    const code = codeOf(error);
    if (code === status.permissionDenied) return storeFailure('STORE_DENIED', what, { details });
    if (code === status.noSuchFile) return storeFailure('STORE_FAILED', what, { details });
    if (code === status.failure) {
      // The protocol has no word for a full disk.
      return (await isFull())
        ? storeFailure('STORE_FULL', what, { details })
        : storeFailure('STORE_FAILED', what, { details });
    }
    return storeFailure('STORE_UNREACHABLE', what, { details });
  };

  const isFull = async (): Promise<boolean> => {
    const space = await request<{
      f_bavail: number | bigint;
      f_favail: number | bigint;
      f_files: number | bigint;
    }>((sftp, done) => sftp.ext_openssh_statvfs(root, done as never)).catch(() => undefined);
    return (
      space !== undefined && (space.f_bavail < 16 || (space.f_files > 0 && Number(space.f_favail) === 0))
    );
  };

  const attempt = async <T>(
    verb: string,
    name: string,
    work: (sftp: SFTPWrapper, done: Callback<T>) => void,
  ): Promise<T> => {
    try {
      return await request(work);
    } catch (error) {
      throw await failed(verb, name, error);
    }
  };

  /** Undefined for what is not there, when the root is. @throws STORE_UNREACHABLE when it is not */
  const unlessAbsent = async <T>(
    verb: string,
    name: string,
    work: (sftp: SFTPWrapper, done: Callback<T>) => void,
  ): Promise<T | undefined> => {
    try {
      return await request(work);
    } catch (error) {
      if (!isAbsent(error)) throw await failed(verb, name, error);
    }
    await checkRoot();
    return undefined;
  };

  const checkRoot = async (): Promise<void> => {
    try {
      const stats = await request<Stats>((sftp, done) => sftp.stat(root, done));
      if (stats.isDirectory()) return;
    } catch (error) {
      if (!isAbsent(error)) throw await failed('reach', '', error);
    }
    throw placeMissing(address, 'folder');
  };

  const lstat = (name: string): Promise<Stats | undefined> =>
    unlessAbsent<Stats>('read', name, (sftp, done) => sftp.lstat(placeOf(name), done));

  const close = (handle: Buffer): Promise<void> =>
    request<void>((sftp, done) => sftp.close(handle, done as never));

  return {
    address,
    // Whether the root is there is asked when something else is not: one request less for each call.
    async checkRoot() {},

    async facts(name) {
      const stats = await lstat(name);
      return stats?.isFile() ? factsOf(stats) : undefined;
    },

    async entries(folder) {
      const found = await unlessAbsent<{ filename: string; attrs: Stats }[]>('list', folder, (sftp, done) =>
        sftp.readdir(placeOf(folder), done as never),
      );
      return found?.map(({ filename, attrs }) => {
        if (attrs.isFile()) return { name: filename, kind: 'file' as const, facts: factsOf(attrs) };
        return { name: filename, kind: attrs.isDirectory() ? 'folder' : 'other' };
      });
    },

    async makeFolder(folder) {
      try {
        await request<void>((sftp, done) => sftp.mkdir(placeOf(folder), { mode: 0o700 }, done as never));
        return true;
      } catch (error) {
        if (isAbsent(error)) {
          await checkRoot();
          return undefined;
        }
        const stats = codeOf(error) === status.failure ? await lstat(folder) : undefined;
        if (stats === undefined) throw await failed('make', folder, error);
        if (!stats.isDirectory()) throw objectObstructed(address, folder);
        return false;
      }
    },

    async removeFolder(folder) {
      await unlessAbsent<void>('remove', folder, (sftp, done) => sftp.rmdir(placeOf(folder), done as never));
    },

    async create(name, content, signal) {
      const handle = await unlessAbsent<Buffer>('write', name, (sftp, done) =>
        sftp.open(placeOf(name), 'wx', { mode: 0o600 } satisfies Partial<Attributes> as never, done),
      );
      if (handle === undefined) return false;
      try {
        const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
        await inPieces(0, bytes.length, signal, (at, length) =>
          attempt<void>('write', name, (sftp, done) =>
            sftp.write(handle, bytes, at, length, at, done as never),
          ),
        );
        await request<void>((sftp, done) => sftp.ext_openssh_fsync(handle, done as never)).catch(
          async (error: unknown) => {
            if (!isUnsupported(error)) throw await failed('write', name, error);
          },
        );
      } catch (error) {
        await close(handle).catch(() => {});
        await request<void>((sftp, done) => sftp.unlink(placeOf(name), done as never)).catch(() => {});
        throw error;
      }
      await close(handle).catch(async (error: unknown) => {
        throw await failed('write', name, error);
      });
      return true;
    },

    async read(name, range, signal) {
      const handle = await unlessAbsent<Buffer>('read', name, (sftp, done) =>
        sftp.open(placeOf(name), 'r', done),
      );
      if (handle === undefined) return undefined;
      try {
        const stats = await attempt<Stats>('read', name, (sftp, done) => sftp.fstat(handle, done));
        if (!stats.isFile()) return undefined;
        if (stats.size > maxObjectBytes) throw objectTooLarge(address, name);
        const { start, end } = range ? rangeWithin(range, stats.size) : { start: 0, end: stats.size };
        const content = Buffer.allocUnsafeSlow(end - start);
        await inPieces(0, content.length, signal, async (from, length) => {
          for (let at = from; at < from + length;) {
            const got = await attempt<number>('read', name, (sftp, done) =>
              sftp.read(handle, content, at, from + length - at, start + at, (error, bytes) =>
                done(error, bytes),
              ),
            );
            if (!got) throw answerTooShort(address, name, content.length, at);
            at += got;
          }
        });
        return content;
      } finally {
        await close(handle).catch(() => {});
      }
    },

    async link(from, to) {
      try {
        await request<void>((sftp, done) =>
          sftp.ext_openssh_hardlink(placeOf(from), placeOf(to), done as never),
        );
        return true;
      } catch (error) {
        if (isUnsupported(error)) return undefined;
        if (codeOf(error) !== status.failure) throw await failed('write', to, error);
      }
      return (await lstat(to)) === undefined ? undefined : false;
    },

    async rename(from, to) {
      try {
        await request<void>((sftp, done) =>
          sftp.ext_openssh_rename(placeOf(from), placeOf(to), done as never),
        );
        return;
      } catch (error) {
        if (!isUnsupported(error)) {
          if (codeOf(error) === status.failure && (await lstat(to))?.isDirectory())
            throw objectObstructed(address, to);
          throw await failed('write', to, error);
        }
      }
      try {
        await request<void>((sftp, done) => sftp.rename(placeOf(from), placeOf(to), done as never));
      } catch (error) {
        if ((await lstat(to)) === undefined) throw await failed('write', to, error);
        throw storeFailure(
          'STORE_FAILED',
          `${address} cannot replace ${to} in one step: the server lacks posix-rename@openssh.com.`,
          {
            hint: 'Use a server that has it, as that of OpenSSH.',
            details: { address, name: to },
            lasting: true,
          },
        );
      }
    },

    async remove(name) {
      try {
        await unlessAbsent<void>('delete', name, (sftp, done) => sftp.unlink(placeOf(name), done as never));
      } catch (error) {
        // A folder is no object: there is none of this name.
        if (!(await lstat(name))?.isDirectory()) throw error;
      }
    },

    async syncFolder() {},
    close: () => connection.close(),
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}

function factsOf(stats: Stats): ObjectFacts {
  return { bytes: stats.size, modifiedAt: new Date(stats.mtime * 1_000) };
}

/** ssh2 throws it itself where a server has not named the request among its own. */
function isUnsupported(error: unknown): boolean {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  return code === 8 || message === 'Server does not support this extended request';
}
