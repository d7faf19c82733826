/** Schedules in a database of their own, looked at by instances whose clock the test sets. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type pg from 'pg';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import { initialize } from '../../src/catalog/initialize.ts';
import type { ScheduleSettings } from '../../src/contract/schedule.ts';
import { createGate } from '../../src/runs/gate.ts';
import { databasesOf } from '../../src/runs/databases.ts';
import type { RunContext } from '../../src/runs/context.ts';
import { orderDueRuns } from '../../src/runs/scheduler.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { liveSchema } from '../../src/engine/plan/live-schema.ts';
import { createRunKeys } from '../../src/runs/run-keys.ts';
import { createStores } from '../../src/runs/stores.ts';
import { createWarmScratches } from '../../src/runs/warm-scratches.ts';
import { stores } from '../../src/catalog/stores.ts';
import { configureStores } from '../../src/engine/stores/configured-stores.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { testDatabase } from '../support/database.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

const noRetention = {
  retentionDays: null,
  maxBackups: null,
  keepHourly: null,
  keepDaily: null,
  keepWeekly: null,
  keepMonthly: null,
  keepYearly: null,
  keepMinimum: null,
  failedDays: null,
};

export function settingsOf(changes: Partial<ScheduleSettings>): ScheduleSettings {
  return {
    enabled: true,
    frequency: 'daily',
    time: '02:30',
    dayOfWeek: 0,
    dayOfMonth: 1,
    cron: null,
    timezone: 'UTC',
    type: 'full',
    tables: [],
    passwords: 'none',
    missedRuns: 'once',
    jitterSeconds: 0,
    store: null,
    copyTo: null,
    ...noRetention,
    ...changes,
  };
}

/** What became of the due times of a schedule, in milliseconds. */
export interface Became {
  /** The due times of the runs, in order. */
  ran: number[];
  /** Of these, the ones that began late. */
  late: number[];
  /** How many were left out, as the log says. */
  skipped: number;
}

export interface SimulatedTime {
  client: pg.Client;
  catalog: Catalog;
  /** Makes a schedule as if it had been set at this moment. */
  setSchedule(name: string, settings: ScheduleSettings, at: number): Promise<void>;
  /** Every instance looks, all at once, and what they order has ended at once. */
  look(now: number): Promise<void>;
  became(name: string): Promise<Became>;
}

export async function simulatedTime(t: TestContext, instances: number): Promise<SimulatedTime> {
  const db = await testDatabase(t);
  const errors: string[] = [];
  let now = new Date(0);
  const contexts = Array.from({ length: instances }, (): RunContext => {
    const pool = openPool(db.target, { max: 2, applicationName: 'test' });
    t.after(() => pool.close());
    return {
      databases: databasesOf(db.target),
      catalog: openCatalog(pool, 'public'),
      source: pool,
      gate: createGate(),
      stores: createStores({
        ...configureStores({}),
        rows: stores(pool, 'public'),
        place: async () => (keys) => memoryStore(keys),
      }),
      settings: {
        jobs: 1,
        maxWorkers: 1,
        compressionLevel: 1,
        lockTimeoutMs: 1_000,
        maxQueued: 1_000,
        maxDownloads: 1,
        downloadIdleMs: 1_000,
        idlePollMs: null,
        storeTestHours: 0,
        tenants: { except: [] },
        keptRows: { maxBytes: 0, days: 30 },
        drill: { embedded: false, sameServer: false, checks: [], everyDays: 0, timeoutMs: 60_000 },
        scrubDays: 0,
        rereadDays: 0,
        targets: {},
      },
      keys: createRunKeys({
        open: () => Promise.reject(new Error('nothing is ordered with a key here')),
        needed: async () => [],
      }),
      readLocks: { hold: () => Promise.reject(new Error('nothing is downloaded here')) },
      liveSchema: liveSchema(),
      scratches: createWarmScratches(new AbortController().signal),
      downloads: 0,
      logger: { log: (level, message) => void (level === 'error' && errors.push(message)) },
      works: false,
      active: new Map(),
      ordered: new Set(),
      listening: false,
      stopping: new AbortController().signal,
      now: () => now,
    } as RunContext;
  });
  const { catalog } = contexts[0]!;
  await initialize(catalog.pool, 'public');
  await db.client.query('set synchronous_commit = off');
  return {
    client: db.client,
    catalog,
    async setSchedule(name, settings, at) {
      await catalog.schedules.update(name, () => settings);
      await db.client.query('update backup_schedule set handled_until = $2 where name = $1', [
        name,
        new Date(at),
      ]);
    },
    async look(at) {
      now = new Date(at);
      const ordered = await Promise.all(contexts.map((context) => orderDueRuns(context)));
      assert.deepEqual(errors, []);
      if (!ordered.some((due) => due.ordered)) return;
      await db.client.query(
        `update system_backups set status = 'cancelled', finished_at = now() where status = 'queued'`,
      );
    },
    async became(name) {
      const { rows: runs } = await db.client.query(
        'select due_at from system_backups where schedule_name = $1 order by due_at',
        [name],
      );
      const { rows: outcomes } = await db.client.query(
        'select due_at, outcome, reason from backup_schedule_log where schedule_name = $1 order by due_at',
        [name],
      );
      const at = (row: { due_at: Date }): number => row.due_at.getTime();
      const result: Became = {
        ran: runs.map(at),
        late: outcomes.filter(({ outcome }) => outcome === 'late').map(at),
        skipped: 0,
      };
      assert.deepEqual(
        outcomes.filter(({ outcome }) => outcome !== 'skipped').map(at),
        result.ran,
        'the log has each run once',
      );
      for (const { outcome, reason } of outcomes) {
        if (outcome === 'skipped') result.skipped += skippedRuns(reason as string);
      }
      return result;
    },
  };
}

/** How many due times a line of the log stands for; from a thousand on, at least so many. */
function skippedRuns(reason: string): number {
  const [, count] = /to start (one|\d+) runs?(?: or more)?, up to this one$/.exec(reason) ?? [];
  if (count === undefined) {
    assert.equal(reason, 'nothing was running to start it when it was due');
    return 1;
  }
  return count === 'one' ? 1 : Number(count);
}

/** A generator of numbers from 0 to 1 that gives the same ones each time, so that what fails fails again. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
