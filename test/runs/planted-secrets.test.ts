/** Secrets in each option, address and header: none of them is in anything that Holdfast says, sends or stores. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createBackupSystem, type BackupSystem, type Options } from '../../src/index.ts';
import { optionsSchema } from '../../src/settings.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { everything, key, listening, planted, secrets, type Said } from './planted.ts';
import { placesOf } from './sealed-system.ts';
import { textLeaves, withValue } from './option-leaves.ts';

/** An address of nobody, with secrets wherever an address can have some. */
const inUrl = (scheme: string, host = '127.0.0.1:1'): string[] => [
  `${scheme}://user:${planted}@${host}/place`,
  `${scheme}://${host}/place?password=${planted}`,
  `${scheme}://${host}/place?secret=${planted}#${planted}`,
];
const databases = [
  ...inUrl('postgres'),
  `postgres://user:${planted}@127.0.0.1:1/place?sslpassword=${planted}&options=-c%20a.b%3D${planted}`,
  `host=127.0.0.1 port=1 password=${planted}`,
  planted,
];
const addresses = ['s3', 'azure', 'sftp', 'file', 'https', 'away=s3'].flatMap((scheme) => inUrl(scheme));
const keys = [
  key,
  `AGE-SECRET-KEY-${planted.toUpperCase()}`,
  JSON.stringify({ nameKey: key, signingKey: key }),
];
const credentials = (fields: readonly string[]): Record<string, string>[] => [
  Object.fromEntries(fields.map((field) => [field, planted])),
  { planted_field: planted },
];

/** A connection as the driver takes it. */
const fields = { host: '127.0.0.1', port: 1, user: 'user', password: planted, ssl: { key: planted } };

/** What is planted at each text of the options. */
const plants: Record<string, readonly unknown[]> = {
  database: databases,
  'database.*': [fields],
  directDatabase: databases,
  'directDatabase.*': [fields],
  'databases.*': databases,
  'databases.*.url': databases,
  'databases.*.url.*': [fields],
  'databases.*.directUrl': databases,
  'databases.*.directUrl.*': [fields],
  'databases.*.store': addresses,
  'databases.*.copyTo': addresses,
  'databases.*.copyTo[]': addresses,
  catalog: databases,
  'catalog.*': [fields],
  'enrol.server': databases,
  'enrol.server.*': [fields],
  'auth.token': [planted, `${planted} with spaces`],
  'auth.token[]': [planted, `${planted}\n`],
  'auth.oidc.issuer': inUrl('https'),
  'auth.oidc.clientSecret': [planted, `${planted}\n`],
  'auth.allowedOrigins[]': inUrl('https'),
  'stores.*': addresses,
  'stores.*.address': addresses,
  'stores.*.writerKey': keys,
  'stores.*.identity': keys,
  'stores.*.credentials.*': credentials([
    'accessKeyId',
    'secretAccessKey',
    'sessionToken',
    'accountKey',
    'password',
  ]),
  store: addresses,
  copyTo: addresses,
  'copyTo[]': addresses,
  writerKey: keys,
  identity: keys,
  'storeCredentials.s3.*': credentials(['secretAccessKey', 'sessionToken']),
  'storeCredentials.azure.*': credentials(['accountKey', 'sasToken']),
  'storeCredentials.sftp.*': credentials(['password', 'privateKey', 'passphrase']),
  'drill.url': databases.filter((each) => each !== planted),
};

/** Names, and statements that people write to be shown with what came of them. */
const noSecrets = [
  'enrol.include',
  'enrol.include[]',
  'enrol.exclude',
  'enrol.exclude[]',
  'auth.oidc.audience',
  'auth.oidc.audience[]',
  'auth.oidc.scopesClaim',
  'auth.oidc.scopes[]',
  'auth.oidc.actorClaim',
  'auth.oidc.clientId',
  'auth.oidc.clientScopes[]',
  'basePath',
  'schema',
  'objectLock',
  'drill.checks',
  'drill.checks[].name',
  'drill.checks[].sql',
  'drill.checks[].expect',
  'tenants.column',
  'tenants.except[]',
];

async function attempt(said: Said, name: string, work: () => Promise<unknown>): Promise<void> {
  await work().then(
    (answer) => said.push([name, JSON.stringify(answer) ?? '']),
    (error: unknown) => said.push([name, everything(error)]),
  );
}

test('each text of the options is planted, or named as no secret', () => {
  assert.deepEqual(
    [...new Set(textLeaves(optionsSchema))].toSorted(),
    [...Object.keys(plants), ...noSecrets].toSorted(),
  );
});

/** Where a store of each kind of credentials would be. */
const nowhere = {
  s3: 's3://bucket/?endpoint=http://127.0.0.1:1',
  azure: 'azure://account/container?endpoint=http://127.0.0.1:1/account',
  sftp: 'sftp://me@127.0.0.1:1/folder?hostKey=SHA256:aaaa',
};

/** Options of which one is the planted value; the others are such that it is used. */
function optionsWith(path: string, value: unknown, database: string): Options {
  // The fields of credentials and of a connection are given together.
  const together = path.endsWith('.*') && typeof value === 'object';
  const given = withValue(together ? path.slice(0, -2) : path, value) as Partial<Options>;
  const [group, kind] = path.split('.') as [string, keyof typeof nowhere];
  const named = given.stores?.['planted-name'];
  return {
    ...(group === 'databases' || group === 'enrol' ? {} : { database }),
    ...given,
    ...(typeof named === 'object' && {
      stores: { 'planted-name': { ...named, address: named.address ?? nowhere.s3 } },
    }),
    ...(group === 'storeCredentials' && { store: nowhere[kind] }),
    auth: { token: 'another-token-0123456789', ...given.auth },
  };
}

test('a secret in an option that is wrong, or leads nowhere, is in no error and no log', async (t) => {
  const { db } = await testSystem(t, { sql: smallShop });
  const said: Said = [];
  const systems: BackupSystem[] = [];
  t.after(() => Promise.all(systems.map((system) => system.stop())));
  const cases = Object.entries(plants).flatMap(([path, values]) =>
    values.map((value, at) => ({ path, value, name: `${path} ${at}` })),
  );
  const tried = async ({ path, value, name }: (typeof cases)[number]): Promise<void> => {
    let system: BackupSystem;
    try {
      system = createBackupSystem({
        ...optionsWith(path, value, db.connectionString),
        logger: listening(said),
      });
    } catch (error) {
      said.push([name, everything(error)]);
      return;
    }
    systems.push(system);
    const { api } = system;
    said.push([`${name} inspected`, inspect(system, { depth: 6 })]);
    const store = path.startsWith('stores.') ? 'planted-name' : 'database';
    await attempt(said, name, () => {
      if (/^(?:(?:direct)?databases?|catalog|enrol)\b/i.test(path)) return api.status();
      return path.startsWith('storeCredentials') ? api.createBackup({ wait: true }) : api.testStore(store);
    });
  };
  // Most of the time is waiting for what leads nowhere.
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let next = cases.shift(); next; next = cases.shift()) await tried(next);
    }),
  );
  assert.ok(said.length > 150, `${said.length}`);
  assert.deepEqual([...new Set(placesOf(secrets, said))], []);
});
