import { spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import { execFile } from 'node:child_process';
import { createBackupSystem, silentLogger } from '../src/index.ts';
import { createDatabase, databaseName, dropDatabase, withClient } from './databases.ts';
import { machine } from './report.ts';
import { openServer, temporaryDirectory, type BenchServer } from './server.ts';
import { median } from './statistics.ts';

/*
 * An hour at work: pgbench (TPC-B) with a backup every few minutes, beside the same without; and whether the last backup has exactly
 * what is there.
 */

const usage = `Usage: node bench/beside-work.ts --data DIR [options]

  --data DIR      where the bench's own server keeps its data; what pgbench has made there is used again
  --pgbench PATH  (default: pgbench)
  --scale N       of pgbench (default 150: 2.2 GB)
  --clients N     of pgbench (default 4)
  --minutes N     with backups (default 60)
  --without N     minutes without (default: as long as with)
  --every N       minutes from the beginning of one backup to that of the next (default 5)
  --rounds N      in how many turns the time is divided, with and without in alternation (default 4)
`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    pgbench: { type: 'string', default: 'pgbench' },
    scale: { type: 'string', default: '150' },
    clients: { type: 'string', default: '4' },
    minutes: { type: 'string', default: '60' },
    without: { type: 'string' },
    every: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '4' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const database = databaseName('beside_work');
const restored = databaseName('beside_work_restored');
const tables = ['pgbench_accounts', 'pgbench_branches', 'pgbench_tellers', 'pgbench_history'];

/** Transactions a second. */
async function work(url: string, seconds: number): Promise<number> {
  const child = spawn(values.pgbench, ['-n', '-c', values.clients, '-j', '1', '-T', String(seconds), url], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (piece) => (text += piece));
  child.stderr.on('data', (piece) => (text += piece));
  const code = await new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject));
  const found = /^tps = ([\d.]+)/m.exec(text);
  if (code !== 0 || !found) throw new Error(`pgbench ended with ${String(code)}: ${text}`);
  return Number(found[1]);
}

async function provide(server: BenchServer): Promise<void> {
  const mark = `holdfast bench: pgbench ${values.scale}`;
  const { rows } = await withClient(server.url(), (client) =>
    client.query<{ mark: string | null }>(
      `select shobj_description(oid, 'pg_database') as mark from pg_database where datname = $1`,
      [database],
    ),
  );
  if (rows[0]?.mark === mark) return;
  await dropDatabase(server, database);
  await createDatabase(server, database);
  await promisify(execFile)(values.pgbench, ['-i', '-q', '-s', values.scale, server.url(database)]);
  await withClient(server.url(database), (client) =>
    client.query(`comment on database ${database} is '${mark}'`),
  );
}

/** Of the rows of each table, whatever their order. */
async function sums(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    const found: string[] = [];
    for (const table of tables) {
      const { rows } = await client.query<{ rows: string; sum: string }>(
        `select count(*) as rows, sum(hashtextextended(t::text, 0)) as sum from ${table} t`,
      );
      found.push(`${table} ${rows[0]!.rows} ${rows[0]!.sum}`);
    }
    return found;
  });
}

const mega = (bytes: number | null): string => `${((bytes ?? 0) / 1e6).toFixed(1)} MB`;

async function main(data: string): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  const server = await openServer(undefined, data);
  cleanup.defer(() => server.stop());
  await provide(server);
  const folder = await temporaryDirectory();
  cleanup.defer(() => fs.rm(folder, { recursive: true, force: true }));
  await fs.mkdir(path.join(folder, 'store'));
  const url = server.url(database);
  await withClient(url, (client) => client.query('drop schema if exists holdfast cascade'));
  const { api, stop } = createBackupSystem({
    database: url,
    schema: 'holdfast',
    store: `file://${path.join(folder, 'store')}`,
    jobs: 1,
    auth: { authorize: () => false },
    logger: silentLogger,
  });
  cleanup.defer(() => stop());
  console.log(JSON.stringify(machine()));
  await withClient(url, (client) => client.query('create schema if not exists holdfast'));
  await api.init();
  const turns = Number(values.rounds);
  const seconds = Math.round((Number(values.minutes) * 60) / turns);
  const secondsWithout = Math.round((Number(values.without ?? values.minutes) * 60) / turns);
  const backUp = async (): Promise<number> => {
    const began = performance.now();
    const { id, rawBytes, storedBytes, newBytes, reuse } = await api.createBackup({ wait: true });
    const took = ((performance.now() - began) / 1000).toFixed(1);
    console.log(
      `backup ${id}: ${took} s, ${mega(rawBytes)} as text, ${mega(storedBytes)} stored, ${mega(newBytes)} new, ${JSON.stringify(reuse)}`,
    );
    return id;
  };
  await backUp();
  const without: number[] = [];
  const withBackups: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    without.push(await work(url, secondsWithout));
    console.log(`without backups: ${without.at(-1)} transactions a second`);
    const over = new AbortController();
    const backing = (async () => {
      while (!over.signal.aborted) {
        const next = pause(Number(values.every) * 60_000, undefined, { signal: over.signal }).catch(() => {});
        await backUp();
        await next;
      }
    })();
    withBackups.push(await work(url, seconds));
    over.abort();
    await backing;
    console.log(`with backups: ${withBackups.at(-1)} transactions a second`);
  }
  const kept = withBackups.map((tps, i) => tps / without[i]!);
  console.log(
    `kept: ${(100 * median(kept)).toFixed(1)} % (${kept.map((each) => each.toFixed(3)).join(', ')})`,
  );
  const last = await backUp();
  const live = await sums(url);
  await dropDatabase(server, restored);
  await api.restore({ backupId: last, target: { mode: 'new-database', database: restored }, wait: true });
  const back = await sums(server.url(restored));
  console.log(live.join('\n'));
  if (live.join() !== back.join()) throw new Error(`the last backup has something else:\n${back.join('\n')}`);
  console.log('the last backup, restored, has exactly this');
  await dropDatabase(server, restored);
}

if (values.help || values.data === undefined) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  await main(values.data);
}
