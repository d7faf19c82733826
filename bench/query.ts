import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { createBackupSystem, silentLogger, type BackupSystem } from '../src/index.ts';
import { databaseName, provideDataSet, withClient } from './databases.ts';
import { large } from './datasets/large.ts';
import { machine } from './report.ts';
import { openServer, temporaryDirectory } from './server.ts';

/* How long questions of a large backup take, the first of a process and the next one, and the most memory of that process. */

const usage = `Usage: npm run -s build && node bench/query.ts [--scale N] [--data DIR]

Takes one backup of the data set "large", with two small tables beside it, into a directory. Each of ten questions is asked twice by a process of
its own, on a scratch server of its own. Scale 0.2 (the default) is about 1 GB as COPY text. --data keeps the bench's own server, so that
the data can be used again.
`;

const questions: readonly [name: string, sql: string][] = [
  ['rows of a small table', 'select count(*) from accounts'],
  ['one account by its name', `select * from accounts where name = 'account 7'`],
  ['rows of the large table', 'select count(*) from ledger'],
  ['a sum by groups', 'select kind, currency, count(*), sum(amount) from ledger group by kind, currency'],
  ['all of one account', 'select * from ledger where account_id = 7 order by booked_at'],
  [
    'a join with groups',
    'select a.region, count(*), sum(l.amount) from ledger l join accounts a on a.id = l.account_id group by a.region',
  ],
  ['a view', 'select * from monthly order by month desc limit 12'],
  [
    'the last of each account',
    'select * from (select l.*, row_number() over (partition by account_id order by booked_at desc) as place from ledger l) x where place = 1 order by account_id limit 50',
  ],
  ['documents by what is in them', `select count(*) from documents where contents ->> 'copy' = '1'`],
  [
    'accounts without a booking of a year',
    `select a.* from accounts a where not exists (select from ledger l where l.account_id = a.id and l.booked_at >= '2026-01-01') order by a.id limit 20`,
  ],
];

const beside = `
  create table if not exists accounts (id bigint primary key, name text not null, region text not null);
  insert into accounts select id, 'account ' || id, 'region ' || id % 12 from (select distinct account_id as id from ledger) l on conflict do nothing;
  create or replace view monthly as select date_trunc('month', booked_at) as month, kind, sum(amount) as amount from ledger group by 1, 2`;

function systemOn(database: string, store: string): BackupSystem {
  return createBackupSystem({
    database,
    schema: 'holdfast',
    store: `file://${store}`,
    auth: { authorize: () => false },
    logger: silentLogger,
  });
}

/** What bench/ask-twice.mjs prints. */
interface Asked {
  firstMs: number;
  nextMs: number;
  rows: number;
  peakRssBytes: number;
}

const askTwice = path.join(import.meta.dirname, 'ask-twice.mjs');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      scale: { type: 'string', default: '0.2' },
      data: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(usage);
  const server = await openServer(undefined, values.data);
  const folder = await temporaryDirectory();
  const store = path.join(folder, 'store');
  await fs.mkdir(store);
  const database = server.url(databaseName(large.name));
  try {
    await provideDataSet(server, large, Number(values.scale));
    await withClient(database, (client) => client.query(beside));
    const system = systemOn(database, store);
    await system.api.init();
    const backup = await system.api.createBackup({ wait: true });
    await system.stop();
    console.log(`${JSON.stringify(machine())}\n`);
    console.log(
      `backup: ${backup.tableCount} tables, ${backup.rowCount} rows, ${mega(backup.rawBytes)} as text\n`,
    );
    console.log('| question | first | next | rows | most memory of the process |\n|---|---|---|---|---|');
    for (const [name, sql] of questions) {
      const { stdout } = await promisify(execFile)(process.execPath, [askTwice, database, store, sql]);
      const { firstMs, nextMs, rows, peakRssBytes } = JSON.parse(stdout) as Asked;
      console.log(
        `| ${name} | ${seconds(firstMs)} | ${seconds(nextMs)} | ${rows} | ${Math.round(peakRssBytes / 2 ** 20)} MiB |`,
      );
    }
  } finally {
    await server.stop();
    await fs.rm(folder, { recursive: true, force: true });
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(2)} s`;
const mega = (bytes: number | null): string => `${Math.round((bytes ?? 0) / 1e6)} MB`;

await main();
