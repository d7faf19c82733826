import * as fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { HoldfastError } from '../base/errors.ts';
import { timeLimit } from '../base/time-limit.ts';
import { redact } from '../base/redaction.ts';
import { requireConfigOptions } from '../config-options.ts';
import type { ConfigOptions } from '../options.ts';
import type { Invocation } from './invocation.ts';

/** The names of the file in the working directory. */
const fileNames = ['ts', 'mts', 'js', 'mjs', 'json'].map((extension) => `holdfast.config.${extension}`);

export interface ConfigFile {
  /** As it was named, or its name in the working directory. */
  file: string;
  options: ConfigOptions;
}

const read = new WeakMap<Invocation, Promise<ConfigFile | undefined>>();

/**
 * The configuration file of an invocation, read once: that of `--config` or HOLDFAST_CONFIG, or the one in the working directory.
 * @throws INVALID_CONFIGURATION naming the file; never what is in it
 */
export function configFile(invocation: Invocation): Promise<ConfigFile | undefined> {
  let reading = read.get(invocation);
  if (!reading) read.set(invocation, (reading = readConfig(invocation)));
  return reading;
}

/** @throws INVALID_CONFIGURATION */
async function readConfig({ config }: Invocation): Promise<ConfigFile | undefined> {
  if (config === false) return undefined;
  const named = config ?? (process.env['HOLDFAST_CONFIG']?.trim() || undefined);
  const file = named ?? (await foundHere());
  if (file === undefined) return undefined;
  return { file, options: requireConfigOptions(await valuesIn(file), file) };
}

/** The file in the working directory. It runs as this user, so it is this user's. */
async function foundHere(): Promise<string | undefined> {
  const there = await Promise.all(fileNames.map((name) => fs.lstat(name).catch(() => undefined)));
  const found = fileNames.filter((_, index) => there[index] !== undefined);
  const [file] = found;
  if (file === undefined) return undefined;
  if (found.length > 1) {
    throw refused(found.join(', '), 'are both configuration files', {
      hint: 'Keep one of them, or name the one that is meant: --config FILE',
    });
  }
  const looks = [there[fileNames.indexOf(file)], await fs.stat(file).catch(() => undefined)];
  const user = process.getuid?.();
  for (const look of looks) {
    if (look === undefined || user === undefined) continue;
    const trusted = look.uid === user || look.uid === 0;
    const open = !look.isSymbolicLink() && (look.mode & 0o002) !== 0;
    if (trusted && !open) continue;
    const problem = trusted ? 'can be written by every user' : 'belongs to another user';
    throw refused(file, `${problem}, and what is in it would run as you. It was not read`, {
      hint: `Look at it. If it is yours, change that (chown, chmod go-w), or name it: --config ${file}. Without it: --no-config`,
    });
  }
  return file;
}

/** What a file exports, as options. @throws INVALID_CONFIGURATION */
async function valuesIn(file: string): Promise<unknown> {
  if (file.endsWith('.json')) return jsonIn(file);
  if (!/\.[cm]?[jt]s$/.test(file)) {
    throw refused(file, 'has no name that says what it is', {
      hint: 'A configuration file ends with .ts, .mts, .js, .mjs or .json.',
    });
  }
  if (/\.[cm]?ts$/.test(file) && !process.features.typescript) {
    throw refused(file, `is TypeScript, which this Node (${process.versions.node}) does not run as it is`, {
      hint: 'Use Node 22.18 or later, or 24, and no option that switches it off (--no-strip-types); or write it as holdfast.config.mjs or holdfast.config.json.',
    });
  }
  let exported: unknown;
  try {
    exported = await inTime(file, () => quietly(() => exportedBy(file)));
  } catch (cause) {
    throw cause instanceof HoldfastError ? cause : notLoaded(file, cause);
  }
  if (exported === undefined) {
    throw refused(file, 'has no default export', {
      hint: 'Write: export default { store: … } — or a function that returns such options.',
    });
  }
  return exported;
}

async function exportedBy(file: string): Promise<unknown> {
  const loaded = (await import(pathToFileURL(path.resolve(file)).href)) as { default?: unknown };
  return typeof loaded.default === 'function' ? await (loaded.default as () => unknown)() : loaded.default;
}

const loadLimitMs = 60_000;

/** A file may ask others for its options, and they may never answer. */
async function inTime<T>(file: string, work: () => Promise<T>): Promise<T> {
  const over = Promise.withResolvers<never>();
  const limit = timeLimit(loadLimitMs, () =>
    refused(file, `was not done within ${loadLimitMs / 1_000} s`, {
      hint: 'Something that it awaits does not answer. --no-config does without the file.',
    }),
  );
  limit.signal.addEventListener('abort', () => over.reject(limit.signal.reason as Error));
  try {
    return await Promise.race([work(), over.promise]);
  } finally {
    limit.clear();
  }
}

function notLoaded(file: string, cause: unknown): HoldfastError {
  const error: NodeJS.ErrnoException = cause instanceof Error ? cause : new Error(String(cause));
  const { code, message } = error;
  const hints: Record<string, string> = {
    ERR_MODULE_NOT_FOUND: `Install what it imports beside it. For the type of the options alone nothing has to be installed: export default { … }, without defineConfig.`,
    ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX:
      'Node only removes types: write it without enum, namespace, decorators and parameter properties, or as .mjs or .json.',
    ENOENT: 'Check the path; it counts from the working directory.',
  };
  return refused(file, `cannot be loaded: ${redact(message)}`, {
    hint: hints[code ?? ''] ?? 'Correct what the message says. --no-config does without the file.',
    cause,
  });
}

async function jsonIn(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (cause) {
    throw refused(file, `cannot be read: ${(cause as NodeJS.ErrnoException).code ?? 'an error'}`, {
      hint: 'Check the path, which counts from the working directory, and that this user may read it.',
      cause,
    });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    // The message may have a part of the text in it, and with it a secret.
    const [, position] = /position (\d+)/.exec((cause as Error).message) ?? [];
    const line = position === undefined ? '' : `, line ${text.slice(0, Number(position)).split('\n').length}`;
    throw refused(file, `is not JSON${line}`, {
      hint: 'JSON has no comments and no comma after the last entry. holdfast.config.mjs may have both.',
    });
  }
}

/** Without what Node remarks on a file of an application without "type" in its package.json. */
async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return await work();
  } finally {
    process.emitWarning = emitWarning;
  }
}

function refused(file: string, problem: string, options: { hint: string; cause?: unknown }): HoldfastError {
  return new HoldfastError('INVALID_CONFIGURATION', `${file} ${problem}.`, options);
}
