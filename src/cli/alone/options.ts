import { Option, type Command } from 'commander';
import { HoldfastError } from '../../base/errors.ts';
import { thisCommand } from '../command-name.ts';

/** Options of a command that can read a store alone. */
export interface AloneOptions {
  store?: string;
  identity?: string;
  backup?: string;
}

/** What is described of a command that can. */
export function addAloneOptions(command: Command, { ofOne = true } = {}): Command {
  if (ofOne) {
    command.option('--backup <id>', 'the same as <id>; with --store also latest: the newest in the store');
  }
  return command
    .option(
      '--store <address>',
      'read this store alone (file:///folder, s3://bucket/prefix, …); no database of Holdfast is used, even if DATABASE_URL is set',
    )
    .addOption(identityOption());
}

/** @param of what may be encrypted */
export function identityOption(of = ''): Option {
  const what = of === '' ? 'encrypted' : `${of} is encrypted`;
  return new Option(
    '--identity <file>',
    `the recovery key, if ${what}, for this run alone (default: HOLDFAST_IDENTITY)`,
  );
}

/** Which backup a command is about: by its id in the database or, of a store alone, by uuid or `latest`. */
export type NamedBackup = { id: number } | NamedAlone;
export interface NamedAlone {
  /** A uuid, or `latest`. */
  alone: string;
  /** The address. */
  store: string;
}

/** @throws INVALID_REQUEST */
export function namedBackup(
  command: string,
  given: string | undefined,
  { store, backup }: AloneOptions,
): NamedBackup {
  if (given !== undefined && backup !== undefined && given !== backup) {
    throw usage(command, `Two backups are named: ${given} and ${backup}.`);
  }
  const name = given ?? backup;
  if (name === undefined) throw usage(command, "Missing required argument 'id'.");
  const isId = /^[0-9]+$/.test(name);
  if (store === undefined) {
    if (isId) return { id: Number(name) };
    throw usage(command, `In the database a backup is named by its id; ${name} needs --store ADDRESS.`);
  }
  if (isId) throw usage(command, `In a store alone a backup has no id: give its uuid, or latest.`);
  return { alone: name, store };
}

/** The backup of a command that reads no store alone. @throws INVALID_REQUEST */
export function backupId(command: string, given: string): number {
  if (/^[0-9]+$/.test(given)) return Number(given);
  throw usage(command, `A backup is named by its id, not ${given}.`);
}

export function usage(command: string, problem: string): HoldfastError {
  return new HoldfastError('INVALID_REQUEST', problem, {
    hint: `See how it is used: ${thisCommand()} ${command} --help`,
  });
}
