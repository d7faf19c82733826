import assert from 'node:assert/strict';
import test from 'node:test';
import type { Answer } from '../../web/src/restore/answers.ts';
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
  database: null,
  owners: true,
  safetyBackup: true,
  leaveEmpty: false,
  allowInvalid: false,
  withoutExtensions: [],
  otherDatabase: false,
  adapt: null,
};

const answers: Answer[] = [
  { kind: 'rename', table: 'public.orders', column: 'a=b', text: 'c"d', becomes: '' },
  { kind: 'fill', table: 'public.orders', column: 'currency', text: '', becomes: '' },
  { kind: 'leave-out', table: 'public.orders', column: 'note', text: '', becomes: '' },
  { kind: 'value', table: 'public.orders', column: 'status', text: 'old', becomes: 'new' },
  { kind: 'zone', table: '', column: '', text: 'Europe/Berlin', becomes: '' },
];

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
  assert.deepEqual(restoreRequest(review, undefined), {
    backupId: 12,
    restoreType: 'partial',
    tables: ['public.orders', 'odd name.x&y=z'],
    target: { mode: 'in-place' },
    owners: true,
    onRefreshFailure: 'fail',
    onInvalid: 'fail',
    withoutExtensions: [],
    safetyBackup: true,
    allowOtherDatabase: false,
  });
  assert.deepEqual(restoreRequest({ ...review, tables: null, database: 'rescue' }, undefined), {
    backupId: 12,
    restoreType: 'full',
    tables: [],
    target: { mode: 'new-database', database: 'rescue' },
    owners: true,
    onRefreshFailure: 'fail',
    onInvalid: 'fail',
    withoutExtensions: [],
  });
  const { onDrift, fill, renames, dropColumns, values, timestampZone } =
    restoreRequest({ ...review, adapt: answers }, undefined) ?? assert.fail();
  assert.deepEqual([onDrift, timestampZone], ['adapt', 'Europe/Berlin']);
  assert.deepEqual(
    [fill, renames],
    [{ 'public.orders': { currency: '' } }, { 'public.orders': { 'a=b': 'c"d' } }],
  );
  assert.deepEqual(dropColumns, { 'public.orders': ['note'] });
  assert.deepEqual(values, { 'public.orders': { status: { old: 'new' } } });
  assert.equal(
    restoreRequest({ ...review, adapt: answers, database: 'rescue' }, undefined)?.onDrift,
    undefined,
    'a new database has the form of then',
  );
  assert.equal(restoreRequest({ ...review, otherDatabase: true }, undefined)?.allowOtherDatabase, true);
  assert.equal(restoreRequest({ ...review, tables: noTables }, undefined), null);
  assert.equal(restoreRequest({ ...review, database: '' }, undefined), null);
  assert.equal(restoreRequest({ ...review, backupId: null }, undefined), null);
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
  assert.deepEqual(restoreRequest({ ...review, tables }, many)?.tables, wanted);
  assert.equal(restoreRequest({ ...review, tables }, undefined), null);
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
  };
  assert.ok(againAddress(ordered)!.length < 2_000);
  assert.equal(againAddress({ ...ordered, restoreType: 'rows' }), null, 'it would take whole tables');
});

test('an address whose list is in another browser asks for the tables again', () => {
  for (const name of ['table-list', 'except-list']) {
    const state = readWizard(`?backup=12&step=review&${name}=elsewhere`);
    assert.deepEqual(state.tables, noTables);
  }
});
