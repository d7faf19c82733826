import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { decideRetention } from '../../src/retention/retention.ts';
import type { RetentionBackup } from '../../src/retention/policy.ts';
import { selectByPattern } from '../../src/engine/entries/selection.ts';
import { testSystem } from './system.ts';

/*
 * Not by the clock, which a loaded machine slows down: by how much work there is for so much input, and by whether
 * others get their turn.
 */

/** A list that counts how often an element is read. */
function counted<T extends object>(items: T[], field: keyof T): { items: T[]; reads: () => number } {
  let reads = 0;
  return {
    items: items.map((item) => {
      const value = item[field];
      return Object.defineProperty({ ...item }, field, { enumerable: true, get: () => (reads++, value) });
    }),
    reads: () => reads,
  };
}

test('patterns cost what they are many, not that times the tables', () => {
  const tables = Array.from({ length: 2_000 }, (_, n) => ({ schema: `s${n % 20}`, name: `t${n}` }));
  for (const patterns of [
    Array.from({ length: 10_000 }, (_, n) => `s${n % 20}.*`),
    Array.from({ length: 10_000 }, (_, n) => `s${n % 20}.t${n % 2_000}`),
    Array.from({ length: 10_000 }, (_, n) => `none${n}.*`),
  ]) {
    const { items, reads } = counted(tables, 'schema');
    try {
      selectByPattern(patterns, items);
    } catch (error) {
      assert.equal((error as { code: string }).code, 'TABLES_NOT_FOUND');
      assert.ok((error as Error).message.length < 1_000, 'the message names some of them');
      assert.equal((error as { details: { tables: string[] } }).details.tables.length, 10_000);
    }
    assert.ok(reads() < 100_000, `${reads()} looks at a table`);
  }
});

test('a retention policy costs what the backups are many, also when many are damaged', () => {
  const now = new Date('2026-11-22T12:00:00Z');
  const backups = Array.from({ length: 4_000 }, (_, n): RetentionBackup => ({
    id: n + 1,
    createdAt: new Date(now.getTime() - n * 3_600_000),
    finishedAt: now,
    status: 'completed',
    type: 'full',
    scheduleName: 'default',
    trigger: 'schedule',
    pinned: false,
    damaged: n % 2 === 0,
    inUse: false,
    storedBytes: 1,
  }));
  const { items, reads } = counted(backups, 'createdAt');
  const decided = decideRetention(items, { maxBackups: 10, retentionDays: 3 }, now);
  assert.equal(decided.decisions.length, backups.length);
  assert.ok(reads() < 1_000_000, `${reads()} looks at a date`);
});

test('while a preview is calculated, others get their turn', async (t) => {
  const { api } = await testSystem(t);
  for (const cron of ['0 0 29 2 *', '* * * * *']) {
    let others = 0;
    let over = false;
    const counting = (async () => {
      for (; !over; await turn()) others += 1;
    })();
    const { runs } = await api.previewSchedule(500, { frequency: 'cron', cron, timezone: 'Europe/Zurich' });
    over = true;
    await counting;
    assert.equal(runs.length, 500);
    assert.ok(others > 20, `${others} turns`);
  }
});
