import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createBackupSystem, silentLogger } from '../src/index.ts';
import { databaseName, ownSchema, provideDataSet, withClient } from './databases.ts';
import type { DataSet } from './datasets/dataset.ts';
import { openNetwork, type Network } from './network.ts';
import { cpuOf, serverCpuMs } from './measure.ts';
import { machine } from './report.ts';
import { openServer, type BenchServer } from './server.ts';
import { median, pairedRatio } from './statistics.ts';

/*
 * What a backup, and a restore into a new database, take when one machine works on it, and when four do. Each machine is a
 * worker process in a network namespace whose link is slow; the server and the store, which is in the database, are behind it.
 */

const usage = `Usage: npm run -s build && node bench/machines.ts --data DIR [options]

  --data DIR      where the bench's own server keeps its data, so that the data set can be used again
  --machines N    (default 4)
  --mb N          per second, of each link in each direction (default 20)
  --scale N       of the data set (default 1: some 600 MB as COPY text)
  --runs N        (default 3)
  --write FILE    puts the table between <!-- machines --> and <!-- /machines --> of this file

It needs root, and ip and tc (Debian: iproute2).
`;

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    machines: { type: 'string', default: '4' },
    mb: { type: 'string', default: '20' },
    scale: { type: 'string', default: '1' },
    runs: { type: 'string', default: '3' },
    write: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

const count = Number(values.machines);
const jobs = 2;
const say = (text: string): void => console.error(text);
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));

const readings: DataSet = {
  name: 'machines',
  describes: 'eight tables of rows with jsonb',
  async make(client, scale) {
    for (let table = 1; table <= 8; table++) {
      await client.query(
        `create table readings_${table} (id bigint primary key, at timestamptz not null, reading jsonb not null)`,
      );
      await client.query(
        `insert into readings_${table} select n, timestamptz '2026-01-01' + n * interval '1 second',
           jsonb_build_object('device', md5((n % 500)::text), 'value', md5((n * $2)::text), 'note', repeat('steady ', (n % 12)::int))
           from generate_series(1, $1::bigint) n`,
        [Math.round(430_000 * scale), table],
      );
    }
  },
};

/** Workers on machines of their own, until all of them look for runs. */
async function startWorkers(network: Network, url: string, machines: number): Promise<ChildProcess[]> {
  return Promise.all(
    Array.from({ length: machines }, async (_, i) => {
      const [file, ...args] = [...network.on(i + 1), process.execPath, cli, 'worker', '--jobs', String(jobs)];
      const child = spawn(file!, args, {
        env: {
          ...process.env,
          DATABASE_URL: url,
          HOLDFAST_SCHEMA: ownSchema,
          HOLDFAST_SCRUB_DAYS: '0',
          HOLDFAST_DRILL_DAYS: '0',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      for await (const text of child.stdout) if (String(text).includes('Working')) break;
      return child;
    }),
  );
}

async function stopWorkers(workers: readonly ChildProcess[]): Promise<void> {
  for (const worker of workers) worker.kill('SIGTERM');
  await Promise.all(workers.map(async (worker) => worker.exitCode === null && once(worker, 'exit')));
}

type What = 'backup' | 'restore';
type Times = Record<What, { ms: number; cpuMs: number }>;

/** What the server and these processes have used so far. */
async function cpuMs(server: BenchServer, workers: readonly ChildProcess[]): Promise<number> {
  const used = await Promise.all(workers.map(({ pid }) => cpuOf(pid!)));
  return ((await serverCpuMs(server.pid)) ?? 0) + used.reduce((sum, cpu) => sum + (cpu?.own ?? 0), 0);
}

async function timesOf(server: BenchServer, network: Network, machines: number): Promise<Times> {
  const database = databaseName(readings.name);
  const url = server.url(database);
  await withClient(url, async (client) => {
    // Each backup is the first.
    await client.query(`drop schema if exists ${ownSchema} cascade; create schema ${ownSchema}`);
    await client.query('checkpoint');
  });
  const system = createBackupSystem({
    database: url,
    schema: ownSchema,
    auth: { authorize: () => false },
    logger: silentLogger,
    worker: false,
  });
  const { api } = system;
  await api.init();
  const remote = new URL(url);
  remote.hostname = network.address;
  const workers = await startWorkers(network, remote.href, machines);
  const lasted = ({
    startedAt,
    finishedAt,
  }: {
    startedAt: string | null;
    finishedAt: string | null;
  }): number => Date.parse(finishedAt!) - Date.parse(startedAt!);
  let most = 1;
  const onProgress = ({ machines: now = 1 }): void => void (most = Math.max(most, now));
  const restored = databaseName('machines_restored');
  try {
    const before = await cpuMs(server, workers);
    const { id } = await api.createBackup({ maxWorkers: machines });
    const backup = await api.waitForBackup(id, { onProgress });
    const between = await cpuMs(server, workers);
    await withClient(url, (client) => client.query('checkpoint'));
    const target = { mode: 'new-database' as const, database: restored };
    const ordered = await api.restore({ backupId: id, target, maxWorkers: machines });
    const restore = await api.waitForRestore(ordered.id, { onProgress });
    if (most !== machines) throw new Error(`${most} machines worked, and not ${machines}`);
    const after = await cpuMs(server, workers);
    return {
      backup: { ms: lasted(backup), cpuMs: between - before },
      restore: { ms: lasted(restore), cpuMs: after - between },
    };
  } finally {
    await stopWorkers(workers);
    await system.stop();
    await withClient(server.url(), (client) =>
      client.query(`drop database if exists "${restored}" with (force)`),
    );
  }
}

async function main(data: string): Promise<void> {
  await using cleanup = new AsyncDisposableStack();
  process.once('SIGINT', () => void cleanup.disposeAsync().finally(() => process.exit(130)));
  const network = openNetwork(count, Number(values.mb) * 1_000_000);
  if (typeof network === 'string') {
    say(`SKIPPED: network namespaces cannot be made here: ${network}`);
    process.exitCode = 3;
    return;
  }
  cleanup.defer(() => network.remove());
  const server = await openServer(undefined, data, { listen_addresses: `127.0.0.1,${network.address}` });
  cleanup.defer(() => server.stop());
  const allowed = path.join(await fs.realpath(path.join(data, 'postgres')), 'pg_hba.conf');
  const line = `host all all ${network.subnet} scram-sha-256`;
  const before = await fs.readFile(allowed, 'utf8');
  if (!before.includes(line)) await fs.appendFile(allowed, `${line}\n`);
  await withClient(server.url(), (client) => client.query('select pg_reload_conf()'));
  say(JSON.stringify(machine(), null, 2));
  if (await provideDataSet(server, readings, Number(values.scale))) say('the data set is made');
  const one: Times[] = [];
  const several: Times[] = [];
  for (let run = 1; run <= Number(values.runs); run++) {
    one.push(await timesOf(server, network, 1));
    several.push(await timesOf(server, network, count));
    say(JSON.stringify([one.at(-1), several.at(-1)]));
  }
  const seconds = (times: number[]): string => `${(median(times) / 1_000).toFixed(1)} s`;
  const lines = [
    `| ${values.mb} MB/s | one machine | ${count} machines | ratio | CPU of all, with the server: one | ${count} |`,
    '|---|---|---|---|---|---|',
    ...(['backup', 'restore'] as const).map((what) => {
      const [a, b] = [one, several].map((times) => times.map((each) => each[what].ms));
      const [cpuA, cpuB] = [one, several].map((times) => seconds(times.map((each) => each[what].cpuMs)));
      const { median: middle, least, most } = pairedRatio(b!, a!)!;
      const ratio = `${middle.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
      return `| ${what} | ${seconds(a!)} | ${seconds(b!)} | ${ratio} | ${cpuA} | ${cpuB} |`;
    }),
  ];
  console.log(lines.join('\n'));
  if (values.write === undefined) return;
  const text = await fs.readFile(values.write, 'utf8');
  const marked = /<!-- machines -->[^]*<!-- \/machines -->/;
  if (!marked.test(text)) throw new Error(`${values.write} has no <!-- machines --> … <!-- /machines -->`);
  await fs.writeFile(
    values.write,
    text.replace(marked, () => `<!-- machines -->\n${lines.join('\n')}\n<!-- /machines -->`),
  );
}

if (values.help || values.data === undefined) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  await main(values.data);
}
