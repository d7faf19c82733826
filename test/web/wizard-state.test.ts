import assert from 'node:assert/strict';
import test from 'node:test';
import type { Answer } from '../../web/src/restore/answers.ts';
import { noCustomer } from '../../web/src/restore/customer.ts';
import { addressOf, hostOf, noServer, splitPassword } from '../../web/src/parts/other-server.ts';
import { chosenTables, namesOf, noTables } from '../../web/src/restore/chosen-tables.ts';
import {
  againAddress,
  readWizard,
  restoreRequest,
  suggestedDatabase,
  writeWizard,
  type WizardState,
} from '../../web/src/restore/wizard-state.ts';

const review: WizardState = {
  step: 'review',
  loss: null,
  backupId: 12,
  tables: { only: ['public.orders', 'odd name.x&y=z'] },
  customer: null,
  database: null,
  elsewhere: false,
  owners: true,
  roles: {},
  defaultTablespace: false,
  sameVersions: false,
  safetyBackup: true,
  leaveEmpty: false,
  allowInvalid: false,
  withoutExtensions: [],
  otherDatabase: false,
  adapt: null,
  replace: null,
};

/** Neither the tables of the backup nor another server are known. */
const here = { all: undefined, targetUrl: null };

const answers: Answer[] = [
  { kind: 'rename', table: 'public.orders', column: 'a=b', text: 'c"d', becomes: '' },
  { kind: 'fill', table: 'public.orders', column: 'currency', text: '', becomes: '' },
  { kind: 'leave-out', table: 'public.orders', column: 'note', text: '', becomes: '' },
  { kind: 'value', table: 'public.orders', column: 'status', text: 'old', becomes: 'new' },
  { kind: 'zone', table: '', column: '', text: 'Europe/Berlin', becomes: '' },
];

test('tables beside the live ones go into a schema, without what is about live ones', () => {
  const beside: WizardState = { ...review, schema: 'before' };
  assert.deepEqual(readWizard(writeWizard(beside)), beside);
  const request = restoreRequest(beside, here)!;
  assert.equal(request.intoSchema, 'before');
  assert.deepEqual(request.target, { mode: 'in-place' });
  for (const field of ['safetyBackup', 'allowOtherDatabase', 'onDrift', 'extensionVersions'])
    assert.ok(!(field in request), field);
  assert.equal(restoreRequest({ ...beside, schema: '' }, here), null);
  assert.equal(restoreRequest({ ...beside, database: 'rescue' }, here)!.intoSchema, undefined);
});

test('the address holds all of it, and gives it back', () => {
  for (const state of [
    review,
    { ...review, leaveEmpty: true, allowInvalid: true, withoutExtensions: ['pg_cron', 'odd & name'] },
    { ...review, tables: null },
    { ...review, loss: 'everything' as const, tables: null },
    { ...review, tables: noTables, step: 'tables' as const },
    { ...review, tables: { allBut: [] } },
    { ...review, tables: { allBut: ['public.log'] } },
    { ...review, database: 'rescue', owners: false, safetyBackup: false },
    { ...review, otherDatabase: true },
    { ...review, adapt: [] },
    { ...review, adapt: answers },
    { ...review, elsewhere: true, defaultTablespace: true, sameVersions: true },
    { ...review, database: 'rescue', roles: { 'a=b': 'c&d', app: 'postgres' } },
    { ...review, loss: 'customer' as const, tables: noTables, customer: noCustomer },
    {
      ...review,
      tables: noTables,
      customer: { id: 'a b&c', onConflict: 'skip' as const, withParents: true },
    },
    { ...review, replace: 'replace' as const },
    { ...review, replace: 'drop-new' as const },
  ]) {
    assert.deepEqual(readWizard(writeWizard(state)), state);
  }
});

test('an address that says nothing, or nonsense, begins at the beginning', () => {
  const fresh = { ...review, step: 'loss', backupId: null, tables: noTables };
  assert.deepEqual(readWizard(''), fresh);
  assert.deepEqual(readWizard('?backup=-1&step=review'), fresh);
  assert.deepEqual(readWizard('?backup=1e3&step=nowhere'), fresh);
  assert.deepEqual(readWizard('?lost=rows'), { ...fresh, step: 'backup', loss: 'rows' });
});

test('who comes from a backup has chosen it', () => {
  const state = readWizard('?backup=12');
  assert.equal(state.step, 'tables');
  assert.equal(state.backupId, 12);
});

test('a request is made only of what is complete', () => {
  assert.deepEqual(restoreRequest(review, here), {
    backupId: 12,
    restoreType: 'partial',
    tables: ['public.orders', 'odd name.x&y=z'],
    target: { mode: 'in-place' },
    owners: true,
    onMissingTablespace: 'fail',
    onRefreshFailure: 'fail',
    onInvalid: 'fail',
    withoutExtensions: [],
    safetyBackup: true,
    allowOtherDatabase: false,
  });
  assert.deepEqual(restoreRequest({ ...review, tables: null, database: 'rescue' }, here), {
    backupId: 12,
    restoreType: 'full',
    tables: [],
    target: { mode: 'new-database', database: 'rescue' },
    owners: true,
    onMissingTablespace: 'fail',
    onRefreshFailure: 'fail',
    onInvalid: 'fail',
    withoutExtensions: [],
    extensionVersions: 'newest',
  });
  const { onDrift, fill, renames, dropColumns, values, timestampZone } =
    restoreRequest({ ...review, adapt: answers }, here) ?? assert.fail();
  assert.deepEqual([onDrift, timestampZone], ['adapt', 'Europe/Berlin']);
  assert.deepEqual(
    [fill, renames],
    [{ 'public.orders': { currency: '' } }, { 'public.orders': { 'a=b': 'c"d' } }],
  );
  assert.deepEqual(dropColumns, { 'public.orders': ['note'] });
  const replacing = restoreRequest({ ...review, replace: 'replace' }, here);
  assert.deepEqual([replacing?.onDrift, replacing?.dropNew], ['replace', false]);
  assert.equal(restoreRequest({ ...review, replace: 'drop-new' }, here)?.dropNew, true);
  assert.equal(
    restoreRequest({ ...review, replace: 'drop-new', database: 'rescue' }, here)?.dropNew,
    undefined,
  );
  assert.deepEqual(values, { 'public.orders': { status: { old: 'new' } } });
  assert.equal(
    restoreRequest({ ...review, adapt: answers, database: 'rescue' }, here)?.onDrift,
    undefined,
    'a new database has the form of then',
  );
  assert.equal(restoreRequest({ ...review, otherDatabase: true }, here)?.allowOtherDatabase, true);
  assert.equal(restoreRequest({ ...review, tables: noTables }, here), null);
  assert.equal(restoreRequest({ ...review, database: '' }, here), null);
  assert.equal(restoreRequest({ ...review, backupId: null }, here), null);
});

test('of a customer all their rows are asked for, and nothing without knowing whose', () => {
  const customer = { id: ' 42 ', onConflict: 'overwrite' as const, withParents: true };
  assert.deepEqual(restoreRequest({ ...review, customer, database: 'left over' }, here), {
    backupId: 12,
    restoreType: 'rows',
    tenant: { id: '42', onConflict: 'overwrite', withParents: true },
    safetyBackup: true,
    allowOtherDatabase: false,
  });
  assert.equal(restoreRequest({ ...review, customer: noCustomer }, here), null);
});

test('another server is asked for by its address, with the roles that take the place of others', () => {
  const state = { ...review, elsewhere: true, roles: { app: 'postgres' }, defaultTablespace: true };
  assert.equal(restoreRequest(state, here), null, 'the address is not known');
  const targetUrl = 'postgres://a:b@host/shop';
  const request = restoreRequest(state, { ...here, targetUrl }) ?? assert.fail();
  assert.deepEqual(
    [request.targetUrl, request.target, request.ownership, request.onMissingTablespace],
    [targetUrl, undefined, { map: { app: 'postgres' } }, 'default'],
  );
  assert.equal(restoreRequest({ ...state, owners: false }, { ...here, targetUrl })?.ownership, undefined);
  assert.equal(
    restoreRequest({ ...state, elsewhere: false }, { ...here, targetUrl })?.targetUrl,
    undefined,
    'an address that was typed is not used for another place',
  );
});

test('a password that was typed into the address is taken out of it, and put back encoded when it is sent', () => {
  const typed = splitPassword(
    'postgres://admin:p%40ss/w:rd@db.example.org:5433/shop?sslmode=require',
    noServer,
  );
  assert.deepEqual(typed, {
    url: 'postgres://admin@db.example.org:5433/shop?sslmode=require',
    password: 'p@ss/w:rd',
  });
  assert.equal(addressOf(typed), 'postgres://admin:p%40ss%2Fw%3Ard@db.example.org:5433/shop?sslmode=require');
  assert.equal(hostOf(typed), 'db.example.org:5433');
  const raw = splitPassword('postgresql://admin:100%@b@[::1]:5432/shop', noServer);
  assert.deepEqual(raw, { url: 'postgresql://admin@[::1]:5432/shop', password: '100%@b' });
  assert.equal(addressOf({ url: 'postgres://admin@host/shop', password: '' }), 'postgres://admin@host/shop');
  for (const url of [
    '',
    'postgres://host/shop',
    'postgres://admin@host',
    'admin@host/shop',
    'postgres://admin@host/',
  ]) {
    assert.equal(addressOf({ url, password: 'x' }), null, url);
  }
});

test('a suggested name is one that PostgreSQL takes', () => {
  assert.equal(suggestedDatabase('Shop Prod-1', 12), 'shop_prod_1_backup_12');
  const long = suggestedDatabase('x'.repeat(80), 12);
  assert.equal(long.length, 63);
  assert.ok(long.endsWith('_backup_12'));
});

const many = Array.from({ length: 2_000 }, (_, at) => `public.a_table_with_quite_a_long_name_${at}`);

test('all but a few is what a choice of nearly all tables says, and what is sent has every name', () => {
  const wanted = many.slice(3);
  const tables = chosenTables(new Set(wanted), many);
  assert.deepEqual(tables, { allBut: many.slice(0, 3) });
  assert.deepEqual(restoreRequest({ ...review, tables }, { ...here, all: many })?.tables, wanted);
  assert.equal(restoreRequest({ ...review, tables }, here), null);
  assert.deepEqual(chosenTables(new Set(many), many), { allBut: [] });
  assert.deepEqual(chosenTables(new Set(), many), noTables);
  assert.deepEqual(chosenTables(new Set(['not.there']), ['public.a']), { only: ['not.there'] });
});

test('no choice makes an address that grows with the number of tables', () => {
  for (const chosen of [0, 1, 3, 20, 21, 1_000, 1_979, 1_980, 1_997, 2_000]) {
    const tables = chosenTables(new Set(many.slice(0, chosen)), many);
    const address = writeWizard({ ...review, tables });
    assert.ok(address.length < 2_000, `${chosen} tables make an address of ${address.length} characters`);
    assert.deepEqual(namesOf(readWizard(address).tables!, many), many.slice(0, chosen));
  }
  const ordered = {
    backupId: 12,
    restoreType: 'partial' as const,
    tables: many,
    target: { mode: 'in-place' as const },
    owners: true,
    safetyBackup: true,
    onRefreshFailure: 'fail' as const,
    onInvalid: 'fail' as const,
    withoutExtensions: [],
    tenant: null,
    ownership: 'keep' as const,
    onMissingTablespace: 'fail' as const,
    extensionVersions: 'newest' as const,
  };
  assert.ok(againAddress(ordered)!.length < 2_000);
  assert.equal(againAddress({ ...ordered, restoreType: 'rows' }), null, 'it would take whole tables');
  const tenant = { id: 42, onConflict: 'skip' as const, withParents: false };
  const again = readWizard(
    againAddress({ ...ordered, tables: [], restoreType: 'rows', tenant })!.split('?')[1]!,
  );
  assert.deepEqual([again.step, again.loss, again.customer], ['review', 'customer', { ...tenant, id: '42' }]);
});

test('an address whose list is in another browser asks for the tables again', () => {
  for (const name of ['table-list', 'except-list']) {
    const state = readWizard(`?backup=12&step=review&${name}=elsewhere`);
    assert.deepEqual(state.tables, noTables);
  }
});
