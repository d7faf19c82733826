import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '../../../src/base/errors.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { openClient } from '../../support/connect.ts';
import { oneInTurn, privateServer, testedMajors } from '../../support/servers.ts';
import { chaos, chaosTables } from './chaos.ts';
import { exactBackup } from './exact-backup.ts';
import { memoryPlace, type MemoryPlace } from './known-place.ts';
import type { ConnectionTarget } from '../../../src/postgres/connection.ts';

/** How long each server is tormented. A night of it: HOLDFAST_TORTURE_SECONDS=10000 */
const tortureMs = Number(process.env['HOLDFAST_TORTURE_SECONDS'] ?? 45) * 1_000;

/** What may become of a backup while tables are rewritten and the server is killed: it fails, and says why. */
const refusals = new Set([
  'TABLE_VANISHED',
  'LOCK_TIMEOUT',
  'DATABASE_UNREACHABLE',
  'CANCELLED',
  'BACKUP_FAILED',
]);

/**
 * Keeps what is known as the catalog does, which is in the server that it is about: after a crash it is there when the transaction that
 * kept it is, and then all transactions before that have their numbers for good.
 */
function durablePlace(target: ConnectionTarget): MemoryPlace {
  const place = memoryPlace();
  const { save } = place;
  place.save = async (pieces) => {
    const client = await openClient(target);
    try {
      await client.query('insert into saves values (now())');
    } finally {
      await client.end();
    }
    await save.call(place, pieces);
  };
  return place;
}

/** What was prepared and never ended would be in progress for ever. */
async function endPrepared(target: ConnectionTarget): Promise<void> {
  const client = await openClient(target);
  try {
    const { rows } = await client.query<{ name: string }>(
      'select gid as name from pg_prepared_xacts where database = current_database()',
    );
    for (const { name } of rows) await client.query(`rollback prepared '${name}'`);
  } finally {
    await client.end();
  }
}

/**
 * Nothing is left that reading would write: hints in rows, and room that is made where rows are gone. Summaries begin anew after that.
 */
async function tidy(target: ConnectionTarget): Promise<void> {
  const client = await openClient(target);
  try {
    await client.query('vacuum');
    await client.query('checkpoint');
  } finally {
    await client.end();
  }
}

// Each takes its time: one without summaries of the log and one with, others in each run.
const tested = [
  ...oneInTurn(testedMajors.map((major) => ({ major, summaries: false }))),
  ...oneInTurn(testedMajors.filter((major) => major >= 17).map((major) => ({ major, summaries: true }))),
];

for (const { major, summaries } of tested) {
  const how = summaries ? ' with summaries of its log' : '';
  test(`whatever is done between and during backups, each has the rows of its snapshot, on ${major}${how}`, async (t) => {
    const server = await privateServer(t, {
      major,
      settings: {
        ...(summaries ? { summarize_wal: 'on' } : {}),
        max_prepared_transactions: '20',
        autovacuum_naptime: '1s',
        fsync: 'on',
        max_connections: '60',
      },
    });
    const client = await server.client();
    await client.query('create table saves (at timestamptz)');
    await client.query('create database torture');
    await client.end();
    const target = server.target('torture');
    const setUp = await openClient(target);
    await setUp.query(chaosTables);
    await setUp.end();

    const stop = new AbortController();
    // A test that fails ends too.
    t.after(() => stop.abort());
    const pace = { pauseMs: 40 };
    const tormentors = Array.from({ length: 4 }, () => chaos(() => openClient(target), pace, stop.signal));
    const store = memoryStore();
    const known = durablePlace(server.target('postgres'));
    const until = performance.now() + tortureMs;
    const seen = {
      exact: 0,
      refused: 0,
      crashes: 0,
      cancelled: 0,
      unchanged: 0,
      unwritten: 0,
      changed: 0,
      read: 0,
    };
    for (let round = 1; performance.now() < until; round++) {
      // From a busy day to a quiet night.
      pace.pauseMs = 40 * 100 ** Math.random();
      const accident = new AbortController();
      // Some are cut off on the way: what they have found out is used by the next.
      if (round % 5 === 0) void pause(200 + Math.random() * 1_500).then(() => accident.abort());
      const crashing =
        round % 9 === 0 ? pause(Math.random() * 2_000).then(() => server.restart('immediate')) : undefined;
      try {
        const { readings, walSummaries } = await exactBackup(target, store, { known }, accident.signal);
        seen.exact++;
        seen.unwritten += walSummaries?.rangesUnchanged ?? 0;
        for (const { ranges } of readings) {
          seen.unchanged += ranges.unchanged;
          seen.changed += ranges.changed;
          seen.read += ranges.read;
        }
      } catch (error) {
        const code = error instanceof HoldfastError ? error.code : String((error as { code?: string }).code);
        // The comparison with the snapshot is on a connection of its own, which a crash ends as well.
        const ended = crashing !== undefined || accident.signal.aborted;
        if (error instanceof assert.AssertionError || !(refusals.has(code) || ended)) throw error;
        seen.refused++;
      }
      if (crashing) {
        await crashing;
        seen.crashes++;
      }
      if (accident.signal.aborted) seen.cancelled++;
      // Now and then nothing happens, as at night.
      await pause(Math.random() * 300);
    }
    stop.abort();
    const acts = (await Promise.all(tormentors)).reduce((sum, each) => sum + each, 0);
    await endPrepared(target);
    await tidy(target);
    await exactBackup(target, store, { known });
    const last = await exactBackup(target, store, { known });
    t.diagnostic(`${major}: ${acts} acts; ${JSON.stringify(seen)}`);
    assert.ok(seen.exact > 2, 'most backups were taken');
    assert.ok(seen.unchanged > 0 && seen.changed > 0, 'some of it was reused');
    assert.deepEqual(
      last.readings.filter(({ ranges }) => ranges.changed > 0),
      [],
      'when nothing happens any more, nothing is read',
    );
    if (!summaries) return;
    // How often under way depends on how busy the machine is.
    assert.ok((last.walSummaries?.rangesUnchanged ?? 0) > 0, 'some of it was not even looked at');
    const logged = last.readings.filter(({ name }) => name !== 'unlogged');
    assert.deepEqual(
      last.walSummaries?.rangesUnchanged,
      logged.reduce((sum, { ranges }) => sum + ranges.unchanged, 0),
      'when nothing happens any more, nothing is looked at',
    );
  });
}
