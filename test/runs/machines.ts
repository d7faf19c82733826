/** Several worker processes on one database and store, each behind a slow network of its own. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { createBackupSystem, silentLogger, type BackupSystem } from '../../src/index.ts';
import { launch, type Running } from '../cli/holdfast.ts';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { startProxy } from '../support/proxy.ts';
import { until } from '../support/until.ts';

export interface Machine {
  running: Running;
  log(): string;
  /** Whether it said that it performs or works on a run. */
  says(text: string): boolean;
}

export interface Machines {
  db: FirstTestDatabase;
  api: BackupSystem['api'];
  store: string;
  /** A system of this process, which performs runs itself. */
  another(): BackupSystem;
  start(count: number, environment?: Record<string, string>): Promise<Machine[]>;
}

export const leads = (kind: string): string => `${kind} started`;
export const helps = (kind: string): string => `works on the ${kind} of another process`;

/** @param sql fills the database */
export async function machines(
  t: TestContext,
  sql: string,
  keys: { writerKey?: string; identity?: string } = {},
): Promise<Machines> {
  const started: Machine[] = [];
  const db = await testDatabase(t);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-machines-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  await db.client.query(sql);
  const store = `file://${folder}`;
  const options = {
    database: db.connectionString,
    store,
    auth: { authorize: () => false },
    logger: silentLogger,
    scrubDays: 0,
    storeTestHours: 0,
    ...keys,
  };
  const system = createBackupSystem({ ...options, worker: false });
  const others: BackupSystem[] = [];
  t.after(async () => {
    for (const { running } of started) {
      running.child.kill('SIGCONT');
      running.child.kill('SIGKILL');
    }
    await Promise.all(started.map(({ running }) => running.ended));
    await Promise.all([system, ...others].map((each) => each.stop()));
  });
  await system.api.init();
  return {
    db,
    api: system.api,
    store,
    another() {
      const other = createBackupSystem({ ...options, worker: true });
      others.push(other);
      return other;
    },
    async start(count, environment = {}) {
      const all = await Promise.all(
        Array.from({ length: count }, async () => {
          const proxy = await startProxy(t, db.server, { bytesPerSecond: 3_000_000 });
          const running = launch(['worker', '--jobs', '2'], {
            url: proxy.url(db.name),
            env: {
              HOLDFAST_STORE: store,
              ...(keys.writerKey === undefined ? {} : { HOLDFAST_WRITER_KEY: keys.writerKey }),
              ...(keys.identity === undefined ? {} : { HOLDFAST_IDENTITY: keys.identity }),
              HOLDFAST_LOG_LEVEL: 'info',
              HOLDFAST_SCRUB_DAYS: '0',
              HOLDFAST_STORE_TEST_HOURS: '0',
              HOLDFAST_DRILL_DAYS: '0',
              ...environment,
            },
          });
          const log = (): string => running.stdout() + running.stderr();
          const machine = { running, log, says: (text: string) => log().includes(text) };
          started.push(machine);
          await until(async () => machine.says('Working'));
          return machine;
        }),
      );
      return all;
    },
  };
}

/** The one that leads a run, and those that work on it too; waits until there are so many. */
export async function roles(
  all: readonly Machine[],
  kind: string,
  helpers: number,
): Promise<{ lead: Machine; helpers: Machine[] }> {
  return until(async () => {
    const lead = all.find((machine) => machine.says(leads(kind)));
    const there = all.filter((machine) => machine.says(helps(kind)));
    return lead && there.length >= helpers && { lead, helpers: there };
  });
}

/** Nothing of runs that were shared is left in the catalog. */
export async function assertNothingShared({ db }: Machines): Promise<void> {
  for (const table of ['system_joint_runs', 'system_run_helpers', 'system_joint_work']) {
    const { rows } = await db.client.query(`select count(*)::int as count from ${table}`);
    assert.equal(rows[0].count, 0, table);
  }
}
