import { rmSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Download, DownloadFormat } from '../api/contract.ts';
import { HoldfastError } from '../base/errors.ts';
import { runnable } from './command-name.ts';
import type { Answer, Invocation } from './invocation.ts';
import { databaseAnswers } from './system.ts';
import { onInterrupt } from './terminal/interrupt.ts';
import { stdoutIsClosed } from './terminal/output.ts';
import { bytes } from '../base/units.ts';

export interface DownloadRequest {
  /** As answers name it: by its id, or in a store alone by its uuid. */
  backup: { id: number } | { uuid: string };
  format?: DownloadFormat;
  output?: string;
  force?: boolean;
}

/**
 * @param open begins the download
 * @throws INVALID_REQUEST when the target cannot be written, CANCELLED, and what `open` throws
 */
export async function download(
  open: (format: DownloadFormat) => Promise<Pick<Download, 'filename' | 'stream'>>,
  invocation: Invocation,
  request: DownloadRequest,
): Promise<Answer | undefined> {
  const { backup, output } = request;
  const format = request.format ?? formatOf(output) ?? 'sql.zst';
  if (output === '-') {
    refuseStdout(invocation, format);
    await toStdout(await opened(open(format), invocation), invocation);
    return undefined;
  }
  const source = await opened(open(format), invocation);
  const file = await targetFile(output, source.filename);
  const written = await toFile(source, file, { force: request.force === true, invocation });
  return {
    document: { success: true, ...backup, file, format, bytes: written },
    text: `Backup ${Object.values(backup).join()} is in ${file} (${bytes(written)}).\n${useOf(file, format)}`,
  };
}

/** The backup, once it has been opened, which reads its description. @throws CANCELLED when that was interrupted */
async function opened<T extends Source>(opening: Promise<T>, invocation: Invocation): Promise<T> {
  let stopped = false;
  const forget = onInterrupt(() => (stopped = true), undefined, {
    answers: () => databaseAnswers(invocation),
    givingUp: () => process.stderr.write(`${silent} Nothing was downloaded.\n`),
  });
  try {
    const source = await opening;
    if (!stopped) return source;
    await source.stream.cancel();
    throw new HoldfastError('CANCELLED', 'The download was cancelled.', { hint: '' });
  } finally {
    forget();
  }
}

type Source = Pick<Download, 'stream'>;

function formatOf(output: string | undefined): DownloadFormat | undefined {
  return (['sql.zst', 'sql.gz', 'sql', 'holdfast'] as const).find((format) => output?.endsWith(`.${format}`));
}

function useOf(file: string, format: DownloadFormat): string {
  if (format !== 'holdfast') return `Restore it into an empty database with:\n  ${psqlLine(file, format)}`;
  const address = pathToFileURL(path.resolve(file)).href;
  return runnable(
    `Restore it into a new database with:\n  holdfast restore latest --store ${address} --to postgres://…/NEW_DATABASE`,
  );
}

function psqlLine(file: string, format: Exclude<DownloadFormat, 'holdfast'>): string {
  const name = /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", String.raw`'\''`)}'`;
  const psql = 'psql -X -v ON_ERROR_STOP=1 -d NEW_DATABASE';
  if (format === 'sql') return `${psql} -f ${name}`;
  return `${format === 'sql.gz' ? 'gzip' : 'zstd'} -dc ${name} | ${psql}`;
}

function refuseStdout(invocation: Invocation, format: DownloadFormat): void {
  if (invocation.json) {
    throw new HoldfastError('INVALID_REQUEST', '--json and -o - cannot both write to stdout.', {
      hint: 'Omit one of them.',
    });
  }
  if (process.stdout.isTTY && format !== 'sql') {
    throw new HoldfastError('INVALID_REQUEST', 'Compressed data would garble the terminal.', {
      hint: 'Name a file with -o, or choose --format sql.',
    });
  }
}

const silent = 'The database does not answer.';

async function toStdout(source: Source, invocation: Invocation): Promise<void> {
  let stopped = false;
  const forget = onInterrupt(() => (stopped = true), undefined, {
    answers: () => databaseAnswers(invocation),
    givingUp: () => process.stderr.write(`${silent} The output is incomplete.\n`),
  });
  try {
    for await (const piece of source.stream) {
      if (stopped) throw new HoldfastError('CANCELLED', 'The download was cancelled.', { hint: '' });
      if (stdoutIsClosed()) break;
      if (!process.stdout.write(piece)) await drained();
    }
  } finally {
    forget();
  }
  // The last write may be unfinished; only its callback tells whether the reader took it.
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  if (stdoutIsClosed()) {
    throw new HoldfastError('CANCELLED', 'The reader of stdout closed it before the end of the download.', {
      hint: '',
    });
  }
}

function drained(): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      process.stdout.off('drain', done);
      process.stdout.off('error', done);
      process.stdout.off('close', done);
      resolve();
    };
    process.stdout.on('drain', done);
    process.stdout.on('error', done);
    process.stdout.on('close', done);
  });
}

async function targetFile(output: string | undefined, filename: string): Promise<string> {
  if (output === undefined) return filename;
  const stat = await fs.stat(output).catch(() => undefined);
  return stat?.isDirectory() ? path.join(output, filename) : output;
}

interface FileOptions {
  force: boolean;
  invocation: Invocation;
}

/** Writes FILE.partial and gives it its name when every byte is on the disk. Returns the number of bytes. */
async function toFile(source: Source, file: string, { force, invocation }: FileOptions): Promise<number> {
  const partial = `${file}.partial`;
  let handle: fs.FileHandle;
  try {
    if (!force) await refuseExisting(file);
    handle = await openPartial(partial, force);
  } catch (error) {
    await source.stream.cancel();
    throw error;
  }
  const controller = new AbortController();
  const forget = onInterrupt(() => controller.abort(), undefined, {
    answers: () => databaseAnswers(invocation),
    givingUp() {
      rmSync(partial, { force: true });
      process.stderr.write(`${silent} The incomplete file was removed.\n`);
    },
  });
  const show = byteCounter(file, invocation);
  let written = 0;
  try {
    for await (const piece of source.stream) {
      if (controller.signal.aborted)
        throw new HoldfastError('CANCELLED', 'The download was cancelled; the incomplete file was removed.', {
          hint: '',
        });
      await handle.writeFile(piece);
      written += piece.length;
      show.update(written);
    }
    await handle.sync();
    await handle.close();
    if (!force) await refuseExisting(file);
    await fs.rename(partial, file);
    return written;
  } catch (error) {
    await handle.close().catch(() => {});
    await fs.rm(partial, { force: true });
    throw fileError(error, file);
  } finally {
    show.end();
    forget();
  }
}

async function refuseExisting(file: string): Promise<void> {
  if ((await fs.lstat(file).catch(() => undefined)) === undefined) return;
  throw new HoldfastError('INVALID_REQUEST', `${file} exists already.`, {
    hint: 'Choose another name with -o, or overwrite it with --force.',
  });
}

async function openPartial(partial: string, force: boolean): Promise<fs.FileHandle> {
  try {
    // A backup is all of the data: for its owner's eyes.
    return await fs.open(partial, force ? 'w' : 'wx', 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new HoldfastError(
        'INVALID_REQUEST',
        `${partial} exists: another download is writing it, or an earlier one broke off.`,
        {
          hint: 'Delete it if no download is running, or overwrite it with --force.',
        },
      );
    }
    throw fileError(error, partial);
  }
}

function fileError(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof HoldfastError || typeof code !== 'string' || !/^E[A-Z]+$/.test(code)) return error;
  return new HoldfastError('INVALID_REQUEST', `${file} cannot be written: ${(error as Error).message}`, {
    hint: 'Choose another file with -o.',
    cause: error,
  });
}

/** How long a download will be is not known before its end, so this only counts. */
function byteCounter(file: string, invocation: Invocation): { update(written: number): void; end(): void } {
  const stream = process.stderr;
  if (!stream.isTTY || invocation.quiet || invocation.json) return { update() {}, end() {} };
  const started = Date.now();
  let drawn = 0;
  return {
    update(written) {
      const now = Date.now();
      if (now - drawn < 100) return;
      drawn = now;
      const rate = now - started > 400 ? ` · ${bytes((written * 1000) / (now - started))}/s` : '';
      stream.write(`\r\u001b[2K${path.basename(file)}  ${bytes(written)}${rate}`);
    },
    end: () => void stream.write('\r\u001b[2K'),
  };
}
