/*
 * stores/ owns which stores an installation has, their names, and how one is opened with its keys. It never reads or writes
 * a backup.
 */
import type {
  S3Credentials,
  AzureCredentials,
  SftpCredentials,
  ObjectsCredentials,
} from '../../store/objects/credentials.ts';
import type { LockPolicy } from '../../store/store.ts';
import { HoldfastError } from '../../base/errors.ts';
import { parseAddress, type StoreAddress } from '../../store/objects/address.ts';

/** A backup store as an application names it; every text beside `address` may also be the path of a file that holds it. */
export interface StoreOptions {
  /** `database:`, or a URL of `file:`, `s3:`, `azure:` or `sftp:`, without credentials. */
  address: string;
  /** The writer key of an encrypted store: what seals and signs, and opens nothing. */
  writerKey?: string;
  /** The recovery key (an age identity): opens what is sealed. Better given for one run than kept here. */
  identity?: string;
  /** Instead of those that the driver finds in the environment. */
  credentials?: S3Credentials | AzureCredentials | SftpCredentials;
  /** Locks what a backup needs against deletion, for `days` after it at least. Only in buckets of S3 that have object lock. */
  objectLock?: LockPolicy;
}

/** One store of an installation. */
export interface ConfiguredStore extends Omit<StoreOptions, 'address'> {
  name: string;
  address: StoreAddress;
}

export interface StoreChoice {
  /** By name. */
  stores?: Readonly<Record<string, string | StoreOptions>>;
  /** Where backups are written: a name of `stores`, or an address. Default: the database itself. */
  store?: string;
  /** Where each backup is copied to: names of `stores`, or addresses. */
  copyTo?: string | readonly string[];
  /**
   * For stores outside the database that have none of their own. The one in the database is encrypted only where it is given keys
   * itself: the backups that are there already are not, and could not be read any more.
   */
  writerKey?: string;
  identity?: string;
  /** For stores that have none of their own. */
  storeCredentials?: ObjectsCredentials;
  /** For stores in buckets of S3 that have none of their own. */
  objectLock?: LockPolicy;
}

export interface ConfiguredStores {
  /** The one in the database is always among them: backups of earlier versions are there. */
  stores: readonly ConfiguredStore[];
  written: string;
  copiedTo: readonly string[];
}

/** The name of the store in the catalog's database, whatever else is configured. */
export const databaseStoreName = 'database';

const nameForm = /^[a-z][a-z0-9-]{0,62}$/;
const namedAddress = /^([a-z][a-z0-9-]{0,62})=(.+)$/s;

/**
 * Which stores there are, by name. A store that is given by its address alone gets a name made from it
 * (`s3-bucket-prefix`), or the one before it: `offsite=s3://bucket/prefix`.
 * @throws INVALID_CONFIGURATION naming the option, never an address that cannot be read
 */
export function configureStores(choice: StoreChoice): ConfiguredStores {
  const found = new Map<string, ConfiguredStore>();
  const { writerKey, identity } = choice;
  const shared = { ...(writerKey ? { writerKey } : {}), ...(identity ? { identity } : {}) };
  const { storeCredentials = {}, objectLock } = choice;
  const add = (name: string, given: string | StoreOptions, option: string): string => {
    const { address: text, ...own } = typeof given === 'string' ? { address: given } : given;
    const address = readAddress(text, option);
    const inDatabase = address.scheme === 'database';
    const known = found.get(name);
    if (known && known.address.address !== address.address) {
      throw wrong(
        option,
        `two stores have the name ${name}`,
        'Give them names of their own in `stores`, or name=ADDRESS.',
      );
    }
    if (inDatabase !== (name === databaseStoreName)) {
      throw wrong(option, `the store in the database has the name ${databaseStoreName}, and no other has it`);
    }
    if (own.objectLock && address.scheme !== 's3') {
      throw wrong(
        option,
        `objectLock: a place of the kind ${address.scheme} does not lock objects for Holdfast`,
        'Use a bucket of S3 with object lock, or leave objectLock out. Of Azure, an immutability policy of the container is set there, and not here.',
      );
    }
    if (!known) {
      const { scheme } = address;
      const ofScheme =
        scheme === 's3' || scheme === 'azure' || scheme === 'sftp' ? storeCredentials[scheme] : undefined;
      found.set(name, {
        name,
        address,
        ...(ofScheme ? { credentials: ofScheme } : {}),
        ...(inDatabase ? {} : shared),
        ...(scheme === 's3' && objectLock ? { objectLock } : {}),
        ...own,
      });
    }
    return name;
  };
  for (const [name, given] of Object.entries(choice.stores ?? {})) {
    const option = `stores.${name}`;
    if (!nameForm.test(name)) {
      throw wrong(
        'stores',
        'a name consists of a-z, 0-9 and -, begins with a letter, and has at most 63 characters',
      );
    }
    add(name, given, option);
  }
  if (!found.has(databaseStoreName)) add(databaseStoreName, 'database:', 'stores');
  const named = (text: string, option: string): string => {
    if (found.has(text)) return text;
    if (nameForm.test(text)) {
      throw wrong(
        option,
        `there is no store named ${text}`,
        'Add it to `stores`, or give an address such as s3://bucket/prefix.',
      );
    }
    const [, name, address] = namedAddress.exec(text) ?? [];
    return add(name ?? nameOf(readAddress(text, option)), address ?? text, option);
  };
  const written = named(choice.store ?? databaseStoreName, 'store');
  const copies = [choice.copyTo ?? []].flat().map((text) => named(text, 'copyTo'));
  const copiedTo = [...new Set(copies)];
  if (copiedTo.includes(written)) {
    throw wrong('copyTo', `the store ${written} is the one that backups are written to`);
  }
  return { stores: [...found.values()], written, copiedTo };
}

function readAddress(text: string, option: string): StoreAddress {
  try {
    const address = parseAddress(text);
    if (address.scheme !== 'memory') return address;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw wrong(option, error.message, error.hint);
  }
  throw wrong(option, 'memory: ends with the process, so no backup can be kept there');
}

/** Letters and digits of the address, without what only says how to reach it. */
function nameOf({ scheme, address }: StoreAddress): string {
  if (scheme === 'database') return databaseStoreName;
  const place = address.replace(/\?.*$/s, '').toLowerCase();
  const name = place.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  // Of a long path the end tells more.
  return name.length <= 63 ? name : `${scheme}-${name.slice(name.length - 50).replace(/^-/, '')}`;
}

function wrong(option: string, problem: string, hint?: string): HoldfastError {
  return new HoldfastError(
    'INVALID_CONFIGURATION',
    `${option}: ${problem}`,
    hint === undefined ? {} : { hint },
  );
}
