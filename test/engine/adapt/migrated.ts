import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { AdaptWishes } from '../../../src/contract/adapt.ts';
import type { RestorePlan } from '../../../src/contract/restore.ts';
import type { Manifest } from '../../../src/format/manifest.ts';
import type { Store } from '../../../src/store/store.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { assertSameState, databaseState, type DatabaseState } from '../../support/compare.ts';
import { testDatabase, type FirstTestDatabase } from '../../support/database.ts';
import { fails } from '../outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from '../runs.ts';

/**
 * The model is PostgreSQL itself: the rows of the backup in the form of today are what the migration made of them. So a
 * backup is taken, the migration runs, the state is kept, the rows are lost, and the restore must give the state again.
 */
export interface Migrated {
  db: FirstTestDatabase;
  manifest: Manifest;
  store: Store;
  /** Right after the migration. */
  state: DatabaseState;
  plan(wishes?: Partial<AdaptWishes>): Promise<RestorePlan>;
  /** Loses rows, and restores. */
  restore(wishes?: Partial<AdaptWishes>): Promise<string[]>;
  /** What the plan refuses; nothing may have changed by the attempt. */
  refused(wishes?: Partial<AdaptWishes>): Promise<string>;
}

export interface Migration {
  before: string;
  migration: string;
  /** SQL that loses or changes rows. */
  loss?: string;
  tables?: string[];
}

export async function migrated(
  t: TestContext,
  { before, migration, loss = 'delete from t', tables = ['t'] }: Migration,
): Promise<Migrated> {
  const db = await testDatabase(t);
  await db.client.query(before);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query(migration);
  const state = await databaseState(db.target);
  const request = (wishes: Partial<AdaptWishes> = {}) => ({
    tables,
    onDrift: 'adapt' as const,
    adapt: wishes,
  });
  const plan = (wishes?: Partial<AdaptWishes>): Promise<RestorePlan> =>
    planRestore(db.target, manifest, restoreRequest(request(wishes)));
  const restored = (wishes?: Partial<AdaptWishes>) =>
    runRestore(db.target, store, manifest, { target: { mode: 'in-place' }, ...request(wishes) });
  return {
    db,
    manifest,
    store,
    state,
    plan,
    async restore(wishes) {
      await db.client.query(loss);
      const before = await databaseState(db.target);
      assert.notDeepEqual(before.contents, state.contents, 'the loss lost nothing');
      const { adapted, refusals } = await plan(wishes);
      assert.deepEqual(refusals, []);
      assertSameState(await databaseState(db.target), before);
      const report = await restored(wishes);
      assert.deepEqual(report.adapted, adapted);
      assertSameState(await databaseState(db.target), state);
      return adapted.flatMap(({ table, changes }) => changes.map((change) => `${table}: ${change}`));
    },
    async refused(wishes) {
      const before = await databaseState(db.target);
      const { refusals, drift } = await plan(wishes);
      assert.equal(refusals[0]?.code, 'SCHEMA_DRIFT');
      const error = await fails(restored(wishes), 'SCHEMA_DRIFT', /^Nothing was changed\. /);
      assert.deepEqual(error.details, { drift });
      assertSameState(await databaseState(db.target), before);
      return drift.map(({ table, difference }) => `${table}: ${difference}`).join('\n');
    },
  };
}

export interface MigrationCase extends Pick<Migration, 'before' | 'migration'> {
  loss?: string;
  wishes?: Partial<AdaptWishes>;
  /** What the plan says of the table `public.t`. */
  changes?: string[];
  refused?: RegExp;
}

/** Each with its table `t` in a schema of its own, all of them in one restore. */
export function migrations(title: string, cases: Record<string, MigrationCase>): void {
  const list = Object.entries(cases).map(([name, each], place) => ({
    name,
    schema: `case${place}`,
    ...each,
  }));
  const inSchemas = (sqlOf: (each: (typeof list)[number]) => string, first = ''): string =>
    list
      .map(
        (each) =>
          `${first.replaceAll('SCHEMA', each.schema)} set search_path to ${each.schema}; ${sqlOf(each)};`,
      )
      .join('\n');
  const wishes: Record<string, Record<string, unknown>> = {};
  for (const { schema, wishes: own = {} } of list) {
    for (const [field, byTable] of Object.entries(own)) {
      for (const wish of Object.values(byTable ?? {})) (wishes[field] ??= {})[`${schema}.t`] = wish;
    }
  }
  const refusing = list.some(({ refused }) => refused);
  test(title, async (t) => {
    const found = await migrated(t, {
      before: inSchemas(({ before }) => before, 'create schema SCHEMA;'),
      migration: inSchemas(({ migration }) => migration),
      loss: inSchemas(({ loss = 'delete from t' }) => loss),
      tables: list.map(({ schema }) => `${schema}.t`),
    });
    const said = refusing ? (await found.refused(wishes)).split('\n') : await found.restore(wishes);
    for (const { name, schema, changes, refused } of list) {
      const own = said
        .filter((line) => line.startsWith(`${schema}.t: `))
        .map((line) => line.replaceAll(`${schema}.`, 'public.'));
      if (refused) assert.match(own.join('\n'), refused, name);
      else assert.deepEqual(own, changes, name);
    }
  });
}
