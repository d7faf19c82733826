import * as fs from 'node:fs/promises';
import type { ConfigFile } from '../config-file.ts';
import { shellWord } from '../../base/shell-word.ts';
import { isKeyText } from '../../engine/stores/key-texts.ts';
import type { ConfigOptions } from '../../options.ts';
import { ok, warn, type Check } from './check.ts';

/** Whether others may read the secrets in the configuration file, or change what runs as us. */
export async function checkConfigFile(config: ConfigFile | undefined): Promise<Check> {
  const name = 'configuration file';
  if (config === undefined) return ok(name, 'none: everything comes from the environment');
  const { file, options } = config;
  const { mode } = await fs.stat(file);
  if ((mode & 0o002) !== 0) {
    return warn(
      name,
      `Every user of this machine may change ${file}, and what is in it runs as the one who calls Holdfast.`,
      `Keep them from it: chmod o-w ${shellWord(file)}`,
    );
  }
  const secrets = secretsIn(options);
  if (secrets.length === 0) return ok(name, `${file}, without secrets`);
  if ((mode & 0o044) === 0) return ok(name, `${file}, which its owner alone can read`);
  return warn(
    name,
    `Other users of this machine may read ${file}, and there are secrets in it: ${secrets.join(', ')}.`,
    `Keep it for its owner alone: chmod 600 ${shellWord(file)} — or leave them out of it, for the environment or files of their own (docs/OPERATIONS.md, Secrets in files).`,
  );
}

/** The options that hold a secret; an address without a password and the file of a key are none. */
function secretsIn({ auth, stores = {}, storeCredentials = {}, ...options }: ConfigOptions): string[] {
  const keys = { writerKey: options.writerKey, identity: options.identity };
  const several = Object.entries(options.databases ?? {}).flatMap(([name, given]) => {
    const addresses = typeof given === 'object' ? [given.url, given.directUrl] : [given];
    return addresses.some(hasPassword) ? [`databases.${name}`] : [];
  });
  const databases = {
    catalog: options.catalog,
    'enrol.server': options.enrol?.server,
    database: options.database,
    directDatabase: options.directDatabase,
    'drill.url': options.drill?.url,
  };
  return [
    ...(auth?.token === undefined ? [] : ['auth.token']),
    ...namesOf(databases, hasPassword),
    ...several,
    ...namesOf(keys, isKey),
    ...namesOf(stores, holdsSecret).map((name) => `stores.${name}`),
    ...namesOf({ ...storeCredentials }, (given) => given !== undefined).map(
      (name) => `storeCredentials.${name}`,
    ),
  ];
}

function namesOf<T>(group: Readonly<Record<string, T>>, isSecret: (value: T) => boolean): string[] {
  return Object.keys(group).filter((name) => isSecret(group[name]!));
}

function isKey(given: string | undefined): boolean {
  return given !== undefined && isKeyText(given);
}

function holdsSecret(given: NonNullable<ConfigOptions['stores']>[string]): boolean {
  return (
    typeof given === 'object' &&
    (given.credentials !== undefined || isKey(given.writerKey) || isKey(given.identity))
  );
}

function hasPassword(given: ConfigOptions['database']): boolean {
  if (given === undefined) return false;
  if (typeof given === 'object')
    return typeof given.password === 'string' || hasPassword(given.connectionString);
  const url = URL.parse(given);
  return url !== null && (url.password !== '' || url.searchParams.has('password'));
}
