import { HoldfastError } from './base/errors.ts';
import { stderrLogger, type LogLevel } from './base/logger.ts';
import type { Options } from './options.ts';
import type { ConnectionTarget } from './postgres/connection.ts';

export type Environment = Record<string, string | undefined>;

/**
 * Options out of environment variables; what is not set is left out.
 *
 * `DATABASE_URL`, or without it `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE` · `HOLDFAST_DIRECT_URL`, which
 * is used instead of them · `HOLDFAST_SILENCE_TIMEOUT_MS` · `HOLDFAST_TOKEN` (several separated by commas) · `HOLDFAST_BASE_PATH` · `HOLDFAST_SCHEMA` · `HOLDFAST_JOBS` · `HOLDFAST_COMPRESSION_LEVEL` ·
 * `HOLDFAST_LOCK_TIMEOUT_MS` · `HOLDFAST_SESSION_HOURS` · `HOLDFAST_ALLOWED_ORIGINS` (several separated by commas) · `HOLDFAST_MAX_BODY_BYTES` · `HOLDFAST_MAX_QUEUED` · `HOLDFAST_MAX_DOWNLOADS` ·
 * `HOLDFAST_DOWNLOAD_IDLE_MS` · `HOLDFAST_IDLE_POLL_SECONDS` · `HOLDFAST_LOG_LEVEL` (debug, info, warn, error).
 * @throws INVALID_CONFIGURATION when no database is named, or something that must be a number is not
 */
export function optionsFromEnvironment(environment: Environment): Options {
  const given = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const number = (name: string): number | undefined => {
    const text = given(name);
    if (text === undefined) return undefined;
    if (!/^[0-9]{1,15}$/.test(text)) {
      throw new HoldfastError('INVALID_CONFIGURATION', `${name} must be a whole number`);
    }
    return Number(text);
  };
  const tokens = listOf(given('HOLDFAST_TOKEN'));
  const level = given('HOLDFAST_LOG_LEVEL') ?? 'info';
  if (!['debug', 'info', 'warn', 'error'].includes(level)) {
    throw new HoldfastError('INVALID_CONFIGURATION', 'HOLDFAST_LOG_LEVEL must be debug, info, warn or error');
  }
  return {
    database: databaseFrom(given, number),
    auth: {
      ...(tokens === undefined || tokens.length === 0 ? {} : { token: tokens }),
      ...withoutUndefined({
        sessionHours: number('HOLDFAST_SESSION_HOURS'),
        allowedOrigins: listOf(given('HOLDFAST_ALLOWED_ORIGINS')),
      }),
    },
    ...withoutUndefined({
      directDatabase: given('HOLDFAST_DIRECT_URL'),
      silenceTimeoutMs: number('HOLDFAST_SILENCE_TIMEOUT_MS'),
      basePath: given('HOLDFAST_BASE_PATH'),
      schema: given('HOLDFAST_SCHEMA'),
      jobs: number('HOLDFAST_JOBS'),
      compressionLevel: number('HOLDFAST_COMPRESSION_LEVEL'),
      lockTimeoutMs: number('HOLDFAST_LOCK_TIMEOUT_MS'),
      maxBodyBytes: number('HOLDFAST_MAX_BODY_BYTES'),
      maxQueued: number('HOLDFAST_MAX_QUEUED'),
      maxDownloads: number('HOLDFAST_MAX_DOWNLOADS'),
      downloadIdleMs: number('HOLDFAST_DOWNLOAD_IDLE_MS'),
      worker: workerFrom(given('HOLDFAST_WORKER')),
      idlePollSeconds: number('HOLDFAST_IDLE_POLL_SECONDS'),
    }),
    logger: stderrLogger(level as LogLevel),
  };
}

function listOf(text: string | undefined): string[] | undefined {
  return text
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function workerFrom(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (text !== 'on' && text !== 'off') {
    throw new HoldfastError('INVALID_CONFIGURATION', 'HOLDFAST_WORKER must be on or off');
  }
  return text === 'on';
}

function databaseFrom(
  given: (name: string) => string | undefined,
  number: (name: string) => number | undefined,
): string | ConnectionTarget {
  // With the direct address alone nothing is missing.
  const url = given('DATABASE_URL') ?? given('HOLDFAST_DIRECT_URL');
  if (url !== undefined) return url;
  if (given('PGHOST') === undefined && given('PGDATABASE') === undefined) {
    throw new HoldfastError('INVALID_CONFIGURATION', 'DATABASE_URL is not set', {
      hint: 'Set DATABASE_URL=postgres://user:password@host:5432/database',
    });
  }
  return withoutUndefined({
    host: given('PGHOST'),
    port: number('PGPORT'),
    user: given('PGUSER'),
    password: given('PGPASSWORD'),
    database: given('PGDATABASE'),
  });
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
