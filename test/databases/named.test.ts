import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chosenOptions, configOf, namedDatabases, placedAddress } from '../../src/databases/named.ts';
import { matchesAny } from '../../src/databases/servers.ts';
import { givenOptions } from '../../src/environment.ts';
import { HoldfastError, silentLogger, type Options } from '../../src/index.ts';

const common = { auth: { token: 'a-token-0123456789' }, logger: silentLogger };
const shop = 'postgres://app:secret-1@db.example:5432/shop';
const crm = 'postgres://app:secret-2@db.example:5432/crm';

function refused(options: Partial<Options>): HoldfastError {
  try {
    namedDatabases({ ...common, ...options } as Options);
  } catch (error) {
    assert.ok(error instanceof HoldfastError);
    assert.doesNotMatch(JSON.stringify(error) + error.message, /secret/);
    return error;
  }
  return assert.fail('it was not refused');
}

test('each of several databases has a schema of its own in a catalog, and a place of its own in a store', () => {
  const options: Options = {
    ...common,
    databases: {
      shop,
      crm: { url: crm, store: 's3://other/kept-as-it-is' },
    },
    catalog: 'postgres://app@db.example/control',
    stores: { near: 'file:///backups/', far: { address: 's3://bucket/{database}/daily?region=eu' } },
    store: 'near',
    copyTo: ['far', 'third=sftp://u@host/path'],
  };
  const [first, second] = namedDatabases(options);
  assert.deepEqual([first!.name, second!.name], ['shop', 'crm']);
  assert.deepEqual([first!.config.schema, second!.config.schema], ['holdfast_shop', 'holdfast_crm']);
  const addresses = (place: typeof first): Record<string, string> =>
    Object.fromEntries(place!.config.stores.stores.map(({ name, address }) => [name, address.address]));
  assert.deepEqual(addresses(first), {
    near: 'file:///backups/shop',
    far: 's3://bucket/shop/daily?region=eu',
    database: 'database:',
    third: 'sftp://u@host/path/shop',
  });
  assert.equal(first!.config.stores.written, 'near');
  const own = addresses(second);
  assert.equal(own[second!.config.stores.written], 's3://other/kept-as-it-is');
  assert.equal(own['near'], 'file:///backups/crm');

  // Names of enrolled ones may have any characters, and two of them never share a place.
  const odd = ['Shop', 'shop ', '../../etc', 'schöp', '"; drop', 'x'.repeat(63), `${'x'.repeat(62)}y`];
  const places = odd.map((name) => configOf(options, name, shop));
  for (const { schema, stores } of places) {
    assert.match(schema, /^holdfast_[a-z0-9-]{8,39}$/);
    assert.ok(stores.stores.every(({ address }) => !address.address.includes('..')));
  }
  assert.equal(new Set(places.map(({ schema }) => schema)).size, odd.length);
  // Who may name a database cannot choose the place of another one.
  const { schema: taken } = configOf(options, 'Shop', shop);
  const planted = taken.slice('holdfast_'.length);
  assert.notEqual(configOf(options, planted, shop).schema, taken);
  const long = refused({ databases: { shop, crm }, catalog: shop, schema: 'x'.repeat(60) });
  assert.match(long.message, /^databases\.shop: schema: must be an identifier/);
  // Without a catalog each has its tables in itself.
  assert.equal(configOf({ ...common, schema: 'own' }, 'crm', crm).schema, 'own');
});

test('one database is what it was, also with a rule', () => {
  const store = 's3://bucket/prefix';
  for (const more of [{}, { enrol: { include: '*' } }]) {
    const [only, ...others] = namedDatabases({ ...common, database: shop, store, ...more });
    assert.deepEqual(others, []);
    assert.equal(only!.name, 'shop');
    assert.equal(only!.config.schema, 'public');
    assert.ok(only!.config.stores.stores.some(({ address }) => address.address === store));
  }
  const [found] = namedDatabases({ ...common, enrol: { server: crm, include: '*' } });
  assert.equal(found!.name, 'crm');
});

test('what cannot be is refused with the option, and without a secret', () => {
  assert.match(refused({}).message, /^database: is not given/);
  assert.match(refused({ databases: {} }).message, /^databases: must name a database/);
  assert.match(refused({ databases: { 'Not ok': shop } }).message, /^databases.Not ok: /);
  assert.match(refused({ databases: { shop }, database: crm }).message, /for one alone/);
  assert.match(
    refused({ databases: { shop, crm: { url: crm, stor: 'x' } as never } }).message,
    /is `?\S*store`? meant/,
  );
  assert.match(
    refused({ databases: { shop: { url: shop, store: 'nowhere' } } }).message,
    /^databases\.shop: store: /,
  );
});

test('the variable names several, and what replaces the databases of a file replaces their catalog', () => {
  const several = givenOptions({
    HOLDFAST_DATABASES: `shop=${shop}\n  crm=${crm}`,
    DATABASE_URL: 'postgres://x/y',
  });
  assert.deepEqual(several.databases, { shop, crm });
  assert.equal(several.database, undefined);
  for (const wrong of ['shop', `=${shop}`, `shop=${shop} shop=${crm}`]) {
    assert.throws(() => givenOptions({ HOLDFAST_DATABASES: wrong }), { code: 'INVALID_CONFIGURATION' });
  }
  const file = { databases: { shop }, catalog: 'postgres://x/control', schema: 'own' };
  const replaced = givenOptions({ DATABASE_URL: crm }, file);
  assert.deepEqual([replaced.database, replaced.databases, replaced.catalog], [crm, undefined, undefined]);
  assert.equal(replaced.schema, 'own');
});

test('a command is about the database that is named, or the first', () => {
  const options: Options = { ...common, databases: { shop, crm } };
  assert.equal(chosenOptions(options).database, shop);
  assert.equal(chosenOptions(options, 'crm').database, crm);
  assert.throws(() => chosenOptions(options, 'other'), { code: 'DATABASE_NOT_FOUND' });
  const enrolled = chosenOptions({ ...options, enrol: { server: shop, include: '*' } }, 'Found one');
  assert.equal((enrolled.database as { database: string }).database, 'Found one');
});

test('a place is found in every address, and a pattern means the whole name', () => {
  assert.equal(placedAddress('database:', 'a'), 'database:');
  assert.equal(placedAddress('s3://b', 'a'), 's3://b/a');
  assert.equal(placedAddress('azure://acc/con/p/?x={database}', 'a'), 'azure://acc/con/p/?x=a');
  assert.ok(matchesAny('shop', '*') && matchesAny('shop_eu', ['crm', 'shop_*']) && matchesAny('a.b', 'a.b'));
  assert.ok(!matchesAny('shop', 'sho') && !matchesAny('axb', 'a.b') && !matchesAny('x', undefined));
});
