/*
 * databases/ owns which databases one Holdfast protects, by name or by rule, and puts the parts of each together. It never has a rule
 * about a backup.
 */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../base/errors.ts';
import type { StoreOptions } from '../engine/stores/configured-stores.ts';
import { checkOptions, parseOptions, type Config, type Options } from '../options.ts';
import { addressOf, type ConnectionTarget } from '../postgres/connection.ts';
import type { DatabaseOptions } from '../option-groups.ts';

/** One database with all that is set for it. */
export interface NamedDatabase {
  name: string;
  config: Config;
  /** By a rule, not by name. */
  enrolled: boolean;
}

/**
 * The databases that the options name, in their order.
 * @throws INVALID_CONFIGURATION
 */
export function namedDatabases(options: Options): NamedDatabase[] {
  checkOptions(options);
  const { databases, database, directDatabase, enrol } = options;
  if (databases === undefined) {
    // What a rule finds is found from some database of the server: that one is protected, too.
    const only = database ?? (directDatabase === undefined ? enrol?.server : undefined);
    const config = parseOptions({ ...options, ...(only === undefined ? {} : { database: only }) });
    return [{ name: addressOf(config.target).database, config, enrolled: false }];
  }
  if (database !== undefined || directDatabase !== undefined) {
    throw new HoldfastError(
      'INVALID_CONFIGURATION',
      'databases: database and directDatabase are for one alone',
      {
        hint: 'Give either `database` or `databases`, in which each can have a directUrl.',
      },
    );
  }
  return Object.entries(databases).map(([name, given]) => ({
    name,
    config: configOf(options, name, given),
    enrolled: false,
  }));
}

/** The settings of one of several databases. @throws INVALID_CONFIGURATION naming the database */
export function configOf(options: Options, name: string, given: string | DatabaseOptions): Config {
  try {
    return parseOptions(oneOf(options, name, given));
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'INVALID_CONFIGURATION') throw error;
    throw new HoldfastError('INVALID_CONFIGURATION', `databases.${name}: ${error.message}`, {
      cause: error,
      hint: error.hint,
      ...(error.details ? { details: error.details } : {}),
    });
  }
}

/**
 * The options of one database alone, as if there were no others: of the first without a name.
 * @throws INVALID_CONFIGURATION, DATABASE_NOT_FOUND
 */
export function chosenOptions(options: Options, name?: string): Options {
  const { databases = {}, enrol, ...rest } = options;
  const [first] = namedDatabases(options) as [NamedDatabase];
  const wanted = name ?? first.name;
  if (Object.hasOwn(databases, wanted)) return oneOf(options, wanted, databases[wanted]!);
  if (wanted === first.name) return { ...rest, database: first.config.target };
  if (enrol?.include === undefined) throw databaseNotFound(wanted, Object.keys(databases));
  return oneOf(options, wanted, { url: ofServer(enrol.server ?? first.config.target, wanted) });
}

export function databaseNotFound(name: string, known: readonly string[]): HoldfastError {
  const names = known.map((each) => `"${each}"`).join(', ');
  return new HoldfastError(
    'DATABASE_NOT_FOUND',
    `No database is called "${name}" here${names === '' ? '.' : `: there are ${names}.`}`,
  );
}

function oneOf(options: Options, name: string, given: string | DatabaseOptions): Options {
  const one: DatabaseOptions = typeof given === 'string' ? { url: given } : given;
  const { databases: _, enrol: __, stores, store, copyTo, schema, ...all } = options;
  const place = placeOf(name);
  const commonStore = store === undefined ? undefined : placedStore(store, place, stores);
  const commonCopies =
    copyTo === undefined ? undefined : [copyTo].flat().map((each) => placedStore(each, place, stores));
  return {
    ...all,
    ...(stores === undefined ? {} : { stores: placedStores(stores, place) }),
    ...optional('store', one.store ?? commonStore),
    ...optional('copyTo', one.copyTo ?? commonCopies),
    ...optional('schema', all.catalog === undefined ? schema : schemaOf(schema, place)),
    database: one.url,
    ...optional('directDatabase', one.directUrl),
  };
}

/** The same database server, another database. */
export function ofServer(server: string | ConnectionTarget, database: string): ConnectionTarget {
  const target = typeof server === 'string' ? { connectionString: server } : server;
  return { ...target, database };
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [N in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { [N in Name]?: Value };
}

const plainName = /^[a-z0-9][a-z0-9_-]{0,39}$/;
/** What a name made from a digest ends with: a plain one that ends so would be another one's place. */
const digested = /(?:^|-)[0-9a-f]{16}$/;

/**
 * The name as a part of a schema's name and of a path. An enrolled one may have any characters, and its owner chose them: no name leads
 * to the place of another, so the digest is too long to be met by trying.
 */
function placeOf(name: string): string {
  if (plainName.test(name) && !digested.test(name)) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16);
  const letters = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 22);
  return letters === '' ? digest : `${letters}-${digest}`;
}

/** Of our own tables, in a catalog that has those of all. One that is too long is refused, never cut: it would be that of another. */
function schemaOf(schema: string | undefined, place: string): string {
  return `${schema === undefined || schema === 'public' ? 'holdfast' : schema}_${place}`;
}

type StoresOption = NonNullable<Options['stores']>;

function placedStores(stores: StoresOption, place: string): StoresOption {
  const entries = Object.entries(stores).map(([name, given]): [string, string | StoreOptions] => [
    name,
    typeof given === 'string'
      ? placedAddress(given, place)
      : { ...given, address: placedAddress(given.address, place) },
  ]);
  return Object.fromEntries(entries);
}

const namedAddress = /^([a-z][a-z0-9-]{0,62}=)?([a-z0-9]+:.*)$/s;

function placedStore(given: string, place: string, stores: StoresOption = {}): string {
  if (Object.hasOwn(stores, given)) return given;
  const [, name = '', address] = namedAddress.exec(given) ?? [];
  return address === undefined ? given : name + placedAddress(address, place);
}

/**
 * A place of its own for each database, because a store has one writer: where the address has `{database}`, or below it.
 * `s3://bucket/prefix?region=x` becomes `s3://bucket/prefix/shop?region=x`.
 */
export function placedAddress(address: string, place: string): string {
  if (address.startsWith('database:')) return address;
  if (address.includes('{database}')) return address.replaceAll('{database}', place);
  const [path, query] = splitAt(address, '?');
  return `${path.replace(/\/+$/, '')}/${place}${query}`;
}

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at)];
}
