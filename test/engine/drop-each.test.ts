import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '../../src/base/errors.ts';
import { indexEntries } from '../../src/engine/entry-identity.ts';
import { prepareRestore } from '../../src/engine/plan.ts';
import { restore } from '../../src/engine/restore.ts';
import { memoryStore } from '../../src/store/memory-store.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { dumpArguments } from '../../src/postgres/pg-dump-arguments.ts';
import { openClient as openOurs } from '../../src/postgres/connection.ts';
import { readArchive } from '../../src/postgres/pg-dump-archive.ts';
import { entryKind } from '../../src/postgres/pg-dump-kinds.ts';
import { runBundledDump } from '../../src/postgres/pg-dump-wasm.ts';
import { databaseState, contentDifferences, type DatabaseState } from '../support/compare.ts';
import { openClient } from '../support/connect.ts';
import { testDatabase, type FirstTestDatabase, type TestDatabase } from '../support/database.ts';
import { serverTarget, testedMajors } from '../support/servers.ts';
import { createZoo } from '../zoo/zoo.ts';
import { restoreRequest, takeBackup } from './runs.ts';

/** `all`, or how many entries are dropped, spread over all of them. */
const sample = process.env['HOLDFAST_TEST_DROPS'] ?? '6';

const request = restoreRequest();
const control = { signal: new AbortController().signal, report: () => {} };

/** What pg_dump itself would drop each object with, and all that depends on it. */
async function drops(db: FirstTestDatabase): Promise<{ object: string; sql: string }[]> {
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

for (const major of testedMajors) {
  test(`whatever is dropped with all that depends on it comes back, or is named, on ${major}`, async (t) => {
    const template = await testDatabase(t, { major });
    await createZoo(template.client, major);
    const store = memoryStore();
    const manifest = await takeBackup(template.target, store);
    const { entries } = manifest.schema;
    const index = indexEntries(entries);
    assert.equal(new Set(entries.map((entry) => index.identityOf(entry))).size, entries.length);

    const all = await drops(template);
    const step = sample === 'all' ? 1 : Math.max(1, Math.floor(all.length / Number(sample)));
    const chosen = all.filter((_, i) => i % step === 0);
    const before = await databaseState(template.target);
    // A database that somebody is connected to cannot be copied.
    await template.client.end();
    const refused: string[] = [];
    const problems: string[] = [];
    for (const { object, sql } of chosen) {
      const db = await copyOf(template);
      try {
        await db.client.query(sql);
        const prepared = await prepareRestore(db.target, manifest, request);
        const { plan } = prepared;
        await restore(db.target, store, manifest, request, control, prepared);
        const after = await databaseState(db.target);
        const named = [...plan.leftOut, ...plan.differs];
        const differences = [
          ...schemaDifferences(after, before),
          ...contentDifferences(after.contents, before.contents),
        ];
        if (differences.length > 0 && named.length === 0) {
          problems.push(`${object}: ${differences.slice(0, 4).join('\n')}`);
        } else if (differences.length > 0) refused.push(`${object}: ${named.join('; ')}`);
      } catch (error) {
        if (error instanceof HoldfastError && error.code === 'SCHEMA_DRIFT') {
          refused.push(`${object}: ${error.message}`);
        } else problems.push(`${object}: ${String(error)}`);
      }
      await db.client.end();
    }
    for (const each of refused) t.diagnostic(`named: ${each}`);
    assert.deepEqual(problems, []);
    t.diagnostic(`${chosen.length} of ${all.length} dropped, ${refused.length} named`);
  });
}
