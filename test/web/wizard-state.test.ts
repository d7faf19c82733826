import assert from 'node:assert/strict';
import test from 'node:test';
import {
  readWizard,
  restoreRequest,
  suggestedDatabase,
  writeWizard,
  type WizardState,
} from '../../web/src/restore/wizard-state.ts';

const review: WizardState = {
  step: 'review',
  backupId: 12,
  tables: ['public.orders', 'odd name.x&y=z'],
  database: null,
  owners: true,
  safetyBackup: true,
};

test('the address holds all of it, and gives it back', () => {
  for (const state of [
    review,
    { ...review, tables: null },
    { ...review, tables: [], step: 'tables' as const },
    { ...review, database: 'rescue', owners: false, safetyBackup: false },
  ]) {
    assert.deepEqual(readWizard(writeWizard(state)), state);
  }
});

test('an address that says nothing, or nonsense, begins at the beginning', () => {
  const fresh = { ...review, step: 'backup', backupId: null, tables: [] };
  assert.deepEqual(readWizard(''), fresh);
  assert.deepEqual(readWizard('?backup=-1&step=review'), fresh);
  assert.deepEqual(readWizard('?backup=1e3&step=nowhere'), fresh);
});

test('who comes from a backup has chosen it', () => {
  const state = readWizard('?backup=12');
  assert.equal(state.step, 'tables');
  assert.equal(state.backupId, 12);
});

test('a request is made only of what is complete', () => {
  assert.deepEqual(restoreRequest(review), {
    backupId: 12,
    restoreType: 'partial',
    tables: review.tables,
    target: { mode: 'in-place' },
    owners: true,
    safetyBackup: true,
  });
  assert.deepEqual(restoreRequest({ ...review, tables: null, database: 'rescue' }), {
    backupId: 12,
    restoreType: 'full',
    tables: [],
    target: { mode: 'new-database', database: 'rescue' },
    owners: true,
  });
  assert.equal(restoreRequest({ ...review, tables: [] }), null);
  assert.equal(restoreRequest({ ...review, database: '' }), null);
  assert.equal(restoreRequest({ ...review, backupId: null }), null);
});

test('a suggested name is one that PostgreSQL takes', () => {
  assert.equal(suggestedDatabase('Shop Prod-1', 12), 'shop_prod_1_backup_12');
  const long = suggestedDatabase('x'.repeat(80), 12);
  assert.equal(long.length, 63);
  assert.ok(long.endsWith('_backup_12'));
});
