import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { AdaptWishes } from '../../../src/contract/adapt.ts';
import { displayName, quoteName } from '../../../src/postgres/identifiers.ts';
import type { Manifest } from '../../../src/format/manifest.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import {
  assertSameState,
  contentDifferences,
  databaseState,
  type DatabaseState,
} from '../../support/compare.ts';
import { testDatabase, type FirstTestDatabase } from '../../support/database.ts';
import { everyTest } from '../../support/servers.ts';
import { fails } from '../outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from '../runs.ts';

/** A tool that people migrate their databases with, run as they run it. */
export interface MigrationTool {
  name: string;
  /** Where it notes what it has done. */
  bookkeeping: string;
  /** The names of the migrations of its history, in order. */
  steps(): Promise<string[]>;
  /** Brings a database up to a step. @returns the names of what it applied */
  deploy(connectionString: string, step: number): Promise<string[]>;
}

/** What is known of one migration, beside its SQL. */
export interface Step {
  /** Rows that the application writes after it. */
  rows: string;
  /** What is said of it so that rows of before go into the tables of after. */
  wishes?: Partial<AdaptWishes>;
  /** Of which tables the plan says that rows are adapted. Default none: they have the same form. */
  adapted?: string[];
  /** Why rows of before cannot go into the tables of after. */
  refused?: RegExp;
  /** Tables that it fills with values that no second run gives again. */
  random?: string[];
  /** Sequences of which the state after a restore is that of the backup, not that after the migration. */
  sequencesThen?: string[];
}

/**
 * Replays a history with its tool, with a backup before each migration, and goes two ways from each backup:
 *
 * - back to before the migration: a database that is as it was, in which the tool knows where it is and goes on from there;
 * - rows of before into the tables of after it: exactly what the SQL of the tool made of these rows in tables whose form it
 *   changed, and the rows themselves in the others; or a refusal before anything is touched.
 *
 * By turns the one way and the other, where the migration says nothing of its own; with HOLDFAST_TEST_MATRIX=full both.
 */
export async function replay(
  t: TestContext,
  tool: MigrationTool,
  steps: Record<string, Step>,
): Promise<void> {
  const names = await tool.steps();
  assert.ok(names.length >= 15, `${names.length} migrations`);
  assert.deepEqual(Object.keys(steps), names, 'each migration is described');
  const db = await testDatabase(t);
  const store = memoryStore();
  let before: { manifest: Manifest; state: DatabaseState } | undefined;
  for (const [place, name] of names.entries()) {
    const step = steps[name]!;
    await t.test(name, async () => {
      assert.deepEqual(await tool.deploy(db.connectionString, place), [name]);
      const after = await databaseState(db.target);
      if (before) {
        const turn = { db, tool, place, step, after, store, ...before };
        const says = step.refused !== undefined || step.wishes !== undefined;
        if (everyTest || place % 2 === 0) await backToBefore(turn);
        if (everyTest || place % 2 === 1 || says) await rowsIntoAfter(turn);
      }
      await db.client.query(step.rows);
    });
    const manifest = await takeBackup(db.target, store);
    before = { manifest, state: await databaseState(db.target) };
  }
}

interface Turn {
  db: FirstTestDatabase;
  tool: MigrationTool;
  place: number;
  step: Step;
  store: ReturnType<typeof memoryStore>;
  /** Of before the migration. */
  manifest: Manifest;
  state: DatabaseState;
  /** Right after it. */
  after: DatabaseState;
}

async function backToBefore({ db, tool, place, step, store, manifest, state, after }: Turn): Promise<void> {
  const database = db.freeName();
  await runRestore(db.target, store, manifest, { target: { mode: 'new-database', database } });
  const restored = await db.adopt(database);
  assertSameState(await databaseState(restored.target), state);
  // The tool finds its notes, and does what it did.
  const names = await tool.steps();
  assert.deepEqual(await tool.deploy(restored.connectionString, place), [names[place]]);
  const again = await databaseState(restored.target);
  assert.equal(again.schema, after.schema);
  const unlike = [tool.bookkeeping, ...(step.random ?? [])].map((table) => `table ${table}`);
  const differing = contentDifferences(again.contents, after.contents);
  assert.deepEqual(
    differing.filter((line) => !unlike.some((table) => line.startsWith(`${table}\n`))),
    [],
  );
}

async function rowsIntoAfter({ db, tool, step, store, manifest, state, after }: Turn): Promise<void> {
  const tables: string[] = [];
  for (const table of manifest.tables) {
    const name = displayName(table);
    const { rows } = await db.client.query('select to_regclass($1) is not null as there', [quoteName(table)]);
    if (name !== tool.bookkeeping && rows[0].there) tables.push(name);
  }
  const adapting = { onDrift: 'adapt' as const, adapt: step.wishes ?? {} };
  // Of everything the notes of the tool are a part, and that is said.
  const whole = await planRestore(db.target, manifest, restoreRequest(adapting));
  const noted = whole.warnings.filter((warning) => warning.startsWith(`${tool.bookkeeping} is where`));
  assert.match(noted.join(), new RegExp(`${tool.name} notes which migrations have run`));

  const request = { tables, ...adapting };
  const plan = await planRestore(db.target, manifest, restoreRequest(request));
  assertSameState(await databaseState(db.target), after);
  const restoring = () =>
    runRestore(db.target, store, manifest, { target: { mode: 'in-place' }, ...request });
  if (step.refused) {
    assert.equal(plan.refusals[0]?.code, 'SCHEMA_DRIFT');
    assert.match(plan.refusals.map(({ message }) => message).join('\n'), step.refused);
    await fails(restoring(), 'SCHEMA_DRIFT', /^Nothing was changed\. /);
    assertSameState(await databaseState(db.target), after);
    return;
  }
  assert.deepEqual(plan.refusals, []);
  const adapted = plan.adapted.map(({ table }) => table);
  assert.deepEqual(adapted.toSorted(), step.adapted ?? []);
  const names = tables.map((name) => quoteName(manifest.tables.find((each) => displayName(each) === name)!));
  await db.client.query(
    `begin; set local session_replication_role = replica; ${names.map((each) => `delete from ${each}`).join('; ')}; commit`,
  );
  await restoring();
  const expected = new Map(after.contents);
  const asThen = [
    ...tables.filter((name) => !adapted.includes(name)).map((name) => `table ${name}`),
    ...(step.sequencesThen ?? []).map((name) => `sequence ${name}`),
  ];
  for (const part of asThen) expected.set(part, state.contents.get(part) ?? assert.fail(part));
  assertSameState(await databaseState(db.target), { schema: after.schema, contents: expected });
}
