import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { configureStores, type StoreChoice } from '../../src/engine/stores/configured-stores.ts';

function names(choice: StoreChoice): { all: string[]; written: string; copiedTo: readonly string[] } {
  const { stores, written, copiedTo } = configureStores(choice);
  return { all: stores.map(({ name }) => name), written, copiedTo };
}

test('without a choice there is the store in the database', () => {
  assert.deepEqual(names({}), { all: ['database'], written: 'database', copiedTo: [] });
  assert.deepEqual(names({ store: 'database:' }), { all: ['database'], written: 'database', copiedTo: [] });
});

test('stores have the names given, or names made from their addresses', () => {
  assert.deepEqual(
    names({
      stores: { offsite: 's3://bucket/shop?region=eu-central-1', vault: { address: 'file:///mnt/vault' } },
      store: 'file:///var/backups/Shop',
      copyTo: ['offsite', 'vault', 'nas=sftp://me@nas/backups', 'offsite', 'azure://account/container/p'],
    }),
    {
      all: ['offsite', 'vault', 'database', 'file-var-backups-shop', 'nas', 'azure-account-container-p'],
      written: 'file-var-backups-shop',
      copiedTo: ['offsite', 'vault', 'nas', 'azure-account-container-p'],
    },
  );
  const { stores } = configureStores({ store: `file:///${'long/'.repeat(30)}end` });
  assert.match(stores.at(-1)!.name, /^file-[a-z-]*end$/);
  assert.ok(stores.at(-1)!.name.length <= 63);
});

test('keys of all stores are those of a store that has none of its own', () => {
  const { stores } = configureStores({
    stores: { one: 'file:///one', two: { address: 'file:///two', writerKey: 'its own' } },
    writerKey: 'shared',
  });
  assert.deepEqual(
    stores.map(({ name, writerKey }) => [name, writerKey]),
    [
      ['one', 'shared'],
      ['two', 'its own'],
      // It has backups of earlier versions, perhaps, which no key has sealed.
      ['database', undefined],
    ],
  );
});

for (const [what, choice, message] of [
  ['an unknown name', { store: 'offsite' }, /^store: there is no store named offsite/],
  ['a name with other characters', { stores: { 'Off Site': 'file:///x' } }, /^stores: a name consists/],
  ['two stores of one name', { stores: { a: 'file:///x' }, copyTo: 'a=file:///y' }, /^copyTo: two stores/],
  [
    'the same name from two addresses',
    { copyTo: ['file:///a/b', 'file:///a-b'] },
    /two stores have the name/,
  ],
  [
    'the database under another name',
    { stores: { here: 'database:' } },
    /^stores.here: the store in the database/,
  ],
  ['another store as database', { stores: { database: 'file:///x' } }, /^stores.database: the store in the/],
  [
    'a copy to where it is',
    { store: 'file:///x', copyTo: 'file:///x' },
    /^copyTo: the store file-x is the one/,
  ],
  ['memory', { store: 'memory:' }, /^store: memory: ends with the process/],
  ['no address', { copyTo: 'ftp://me:secret@host' }, /^copyTo: The address of a backup store cannot be read/],
  ['a password', { copyTo: 'sftp://me:secret@host/x' }, /has credentials in it/],
] as const satisfies readonly (readonly [string, StoreChoice, RegExp])[]) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => configureStores(choice),
      (error: unknown) =>
        error instanceof HoldfastError &&
        error.code === 'INVALID_CONFIGURATION' &&
        message.test(error.message) &&
        !JSON.stringify(error.toJSON()).includes('secret'),
    );
  });
}
