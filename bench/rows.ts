import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { createBackupSystem, silentLogger } from '../src/index.ts';
import { createDatabase, databaseName, dropDatabase, withClient } from './databases.ts';
import { machine } from './report.ts';
import { openServer, temporaryDirectory } from './server.ts';
import { median } from './statistics.ts';

/*
 * How long it takes to bring eleven rows of a large table back, and how much of the table is read for it.
 */

const usage = `Usage: node bench/rows.ts [--rows N] [--runs N] [--data DIR]

Makes one table of N rows (default 5000000; 210 bytes each as COPY text), backs it up into a directory, and deletes and brings back
eleven rows, once side by side and once spread over the table, as often as --runs says (default 5).
`;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '5000000' },
    runs: { type: 'string', default: '5' },
    data: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

async function main(): Promise<void> {
  const total = Number(values.rows);
  const server = await openServer(undefined, values.data);
  const folder = await temporaryDirectory();
  const database = databaseName('chosen_rows');
  const url = server.url(database);
  await fs.mkdir(path.join(folder, 'store'));
  const system = createBackupSystem({
    database: url,
    schema: 'holdfast',
    store: `file://${path.join(folder, 'store')}`,
    auth: { authorize: () => false },
    logger: silentLogger,
  });
  try {
    await dropDatabase(server, database);
    await createDatabase(server, database);
    await withClient(url, async (client) => {
      await client.query(`create table customers (id int primary key, name text);
        insert into customers select i, 'customer ' || i from generate_series(0, 99999) i;
        create table orders (id bigint primary key, customer int references customers, total numeric(12, 2), placed timestamptz, note text);
        insert into orders select i, i % 100000, i % 9999 / 7.0, timestamptz '2024-01-01Z' + i * interval '3 s', repeat(md5(i::text), 5)
          from generate_series(1, ${total}) i`);
      await client.query('vacuum analyze');
      await client.query('checkpoint');
    });
    const { api } = system;
    await api.init();
    const backup = await api.createBackup({ wait: true });
    console.log(JSON.stringify(machine()));
    console.log(`${total} rows of orders, ${Math.round((backup.rawBytes ?? 0) / 1e6)} MB as text`);
    const lines = [
      '| eleven rows | ranges read | plan | restore, with its plan, keeping what it replaces | its undo | keeping nothing | with a safety backup of the table before it |',
      '|---|---|---|---|---|---|---|',
    ];
    for (const [what, step] of [
      ['side by side', 1],
      ['spread over the table', Math.floor(total / 12)],
    ] as const) {
      const keys = Array.from({ length: 11 }, (_, i) => Math.floor(total / 13) + i * step);
      const rows = { table: 'orders', keys };
      const planMs: number[] = [];
      const alone: number[] = [];
      const kept: number[] = [];
      const undone: number[] = [];
      const safe: number[] = [];
      let read = '';
      for (let run = 0; run < Number(values.runs); run++) {
        for (const safetyBackup of [true, false, 'tables'] as const) {
          await withClient(url, (client) => client.query('delete from orders where id = any ($1)', [keys]));
          let began = performance.now();
          const plan = await api.planRestore({ backupId: backup.id, restoreType: 'rows', rows });
          planMs.push(performance.now() - began);
          if (plan.rows![0]!.added !== 11) throw new Error(JSON.stringify(plan.rows));
          read = `${plan.rangesRead} of ${plan.ranges} (${((100 * plan.rangesRead!) / plan.ranges!).toFixed(2)} %)`;
          began = performance.now();
          const done = await api.restore({
            backupId: backup.id,
            restoreType: 'rows',
            rows,
            safetyBackup,
            wait: true,
          });
          const times = safetyBackup === true ? kept : safetyBackup === false ? alone : safe;
          times.push(performance.now() - began);
          const { report } = await api.getRestore(done.id);
          if (report?.chosenRows?.[0]?.added !== 11) throw new Error(JSON.stringify(report));
          if (safetyBackup !== true) continue;
          began = performance.now();
          const back = await api.undoRestore(done.id, { wait: true });
          undone.push(performance.now() - began);
          const undo = await api.getRestore(back.id);
          if (undo.report?.chosenRows?.[0]?.removed !== 11) throw new Error(JSON.stringify(undo.report));
        }
      }
      lines.push(
        `| ${[what, read, ...[planMs, kept, undone, alone, safe].map((times) => seconds(median(times)))].join(' | ')} |`,
      );
    }
    console.log(lines.join('\n'));
  } finally {
    await system.stop();
    await dropDatabase(server, database);
    await server.stop();
    await fs.rm(folder, { recursive: true, force: true });
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

if (values.help) console.log(usage);
else await main();
