import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { indexEntries } from '../../src/engine/entries/identity.ts';
import { describePlan } from '../../src/engine/plan/describe-plan.ts';
import { makePlan } from '../../src/engine/plan/make-plan.ts';
import { restore } from '../../src/engine/restore/restore.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { dumpArguments } from '../../src/postgres/pg-dump/arguments.ts';
import { openClient as openOurs } from '../../src/postgres/connection.ts';
import { readArchive } from '../../src/postgres/pg-dump/archive.ts';
import { entryKind } from '../../src/postgres/pg-dump/kinds.ts';
import { runBundledDump } from '../../src/postgres/pg-dump/wasm.ts';
import { databaseState, contentDifferences, type DatabaseState } from '../support/compare.ts';
import { openClient } from '../support/connect.ts';
import { testDatabase, type FirstTestDatabase, type TestDatabase } from '../support/database.ts';
import { serverTarget, majorsInTurn } from '../support/servers.ts';
import { createKitchenSink } from '../kitchen-sink/kitchen-sink.ts';
import { restoreRequest, takeBackup } from './runs.ts';

/**
 * How many objects are dropped, spread over all of them; or `all`: in groups, which are divided where one cannot be
 * restored as a whole. That takes a quarter of an hour.
 */
const sample = process.env['HOLDFAST_TEST_DROPS'] ?? '6';
const groupSize = 8;

const request = restoreRequest();
const control = { signal: new AbortController().signal, report: () => {} };

interface Drop {
  object: string;
  sql: string;
}

/** What pg_dump itself would drop each object with, and all that depends on it. */
async function drops(db: FirstTestDatabase): Promise<Drop[]> {
  const client = await openOurs(db.target);
  const args = dumpArguments({ excludeTables: [], excludeSchemas: [], lockTimeoutMs: 30_000 }, 18);
  const { archive } = await runBundledDump({ client, inTransaction: false }, args);
  await client.end();
  return readArchive(archive)
    .entries.filter(({ description, dropStatement }) => {
      const { role } = entryKind(description);
      return (role === 'object' || role === 'part') && dropStatement !== '';
    })
    .map(({ description, schema, tag, dropStatement }) => ({
      object: `${description} ${schema === null ? '' : `${schema}.`}${tag}`,
      sql: /^(?:DROP|ALTER TABLE [^]* DROP CONSTRAINT)/.test(dropStatement)
        ? dropStatement.replace(/;\s*$/, ' CASCADE;')
        : dropStatement,
    }));
}

async function copyOf(template: FirstTestDatabase): Promise<TestDatabase> {
  const name = template.freeName();
  const client = await openClient(serverTarget(template.server));
  await client.query(`create database ${quoteIdentifier(name)} template ${quoteIdentifier(template.name)}`);
  await client.end();
  return template.adopt(name);
}

/** The parts of a schema script that one side has and the other has not. */
function schemaDifferences(actual: DatabaseState, expected: DatabaseState): string[] {
  const parts = (state: DatabaseState): string[] => state.schema.split('\n-- {').map((part) => part.trim());
  const [is, should] = [new Set(parts(actual)), new Set(parts(expected))];
  return [
    ...[...should].filter((part) => !is.has(part)).map((part) => `lacks ${part}`),
    ...[...is].filter((part) => !should.has(part)).map((part) => `has ${part}`),
  ];
}

interface Outcome {
  /** How many were dropped: some cannot be by themselves, and some went with others. */
  dropped: number;
  /** What the plan named, where not everything came back. */
  named: string[];
  problems: string[];
}

/** Drops these in a copy of the template, restores in place, and compares. */
async function dropAndRestore(
  template: FirstTestDatabase,
  { manifest, store, before }: { manifest: Manifest; store: Store; before: DatabaseState },
  group: readonly Drop[],
): Promise<Outcome> {
  const db = await copyOf(template);
  const outcome: Outcome = { dropped: 0, named: [], problems: [] };
  for (const { sql } of group) {
    const done = await db.client.query(sql).then(
      () => true,
      () => false,
    );
    if (done) outcome.dropped++;
  }
  try {
    const plan = await makePlan({ live: db.target, manifest, request });
    await restore(plan, { live: db.target, store, control });
    const after = await databaseState(db.target);
    const differences = [
      ...schemaDifferences(after, before),
      ...contentDifferences(after.contents, before.contents),
    ];
    if (differences.length > 0) {
      const described = describePlan(plan);
      const named = [...described.leftOut, ...described.differs];
      if (named.length > 0) outcome.named = named;
      else outcome.problems = differences.slice(0, 4);
    }
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'SCHEMA_DRIFT') outcome.named = [error.message];
    else outcome.problems = [String(error)];
  } finally {
    await db.client.end();
  }
  return outcome;
}

for (const major of majorsInTurn(4)) {
  test(`whatever is dropped with all that depends on it comes back, or is named, on ${major}`, async (t) => {
    const template = await testDatabase(t, { major });
    await createKitchenSink(template.client, major);
    const store = memoryStore();
    const manifest = await takeBackup(template.target, store);
    const { entries } = manifest.schema;
    const index = indexEntries(entries);
    assert.equal(new Set(entries.map((entry) => index.identityOf(entry))).size, entries.length);

    const all = await drops(template);
    const before = await databaseState(template.target);
    // A database that somebody is connected to cannot be copied.
    await template.client.end();
    const problems: string[] = [];
    let dropped = 0;
    const tryGroup = async (group: readonly Drop[]): Promise<void> => {
      const outcome = await dropAndRestore(template, { manifest, store, before }, group);
      const whole = outcome.problems.length === 0 && outcome.named.length === 0;
      if (!whole && group.length > 1) {
        const half = Math.ceil(group.length / 2);
        await tryGroup(group.slice(0, half));
        await tryGroup(group.slice(half));
        return;
      }
      dropped += outcome.dropped;
      const objects = group.map(({ object }) => object).join();
      problems.push(...outcome.problems.map((problem) => `${objects}: ${problem}`));
      for (const each of outcome.named) t.diagnostic(`named: ${objects}: ${each}`);
    };
    if (sample === 'all') {
      // These take columns along, which is drift: a group with one of them would be refused.
      const alone = all.filter(({ object }) => /^(?:SCHEMA|EXTENSION|TYPE|DOMAIN|COLLATION) /.test(object));
      const others = all.filter((each) => !alone.includes(each));
      const groups = Math.ceil(others.length / groupSize);
      for (const each of alone) await tryGroup([each]);
      for (let i = 0; i < groups; i++) await tryGroup(others.filter((_, at) => at % groups === i));
    } else {
      const step = Math.max(1, Math.floor(all.length / Number(sample)));
      for (let i = 0; i < all.length; i += step) await tryGroup(all.slice(i, i + 1));
    }
    t.diagnostic(`${dropped} of ${all.length} dropped by themselves`);
    assert.ok(dropped > 0);
    assert.deepEqual(problems, []);
  });
}
