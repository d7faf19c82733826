import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createDatabase, databaseName, withClient } from './databases.ts';
import { machine } from './report.ts';
import { openServer, temporaryDirectory, type BenchServer } from './server.ts';

/*
 * What a mounted system costs while nothing happens: connections, statements and memory of the published package, beside
 * the same application without it. All variants run at the same time, each with a database of its own on one server that logs every statement.
 */

const usage = `Usage: npm run -s build && node bench/idle.ts [--minutes N]

Watches for N minutes (default 20), after two in which everything comes to rest. A look at the health is due every 15 minutes.
`;

const root = path.resolve(import.meta.dirname, '..');
const restMs = 120_000;
const sampleMs = 5_000;

interface Variant {
  name: string;
  database: string | undefined;
  /** Runs in the program once the system is there. */
  prepare: string;
  options: string;
}

const scheduled = `await api.createBackup({ wait: true });
  await api.updateSchedule({ enabled: true, frequency: 'cron', cron: '0 0 1 1 *' });`;

const variants: Variant[] = [
  { name: 'the application alone', database: undefined, prepare: '', options: '' },
  { name: 'mounted, with start()', database: databaseName('idle'), prepare: scheduled, options: '' },
  {
    name: 'with a channel and a listener to events too',
    database: databaseName('idle_told'),
    prepare: `${scheduled} await api.createChannel({ name: 'on-call', url: 'http://127.0.0.1:1/', topics: ['finding'] }); api.on('*', () => {});`,
    options: '',
  },
  {
    name: 'with idlePollSeconds: 0',
    database: databaseName('idle_asleep'),
    prepare: scheduled,
    options: ', idlePollSeconds: 0',
  },
];

function program({ database, prepare, options }: Variant): string {
  const system = `
    import { createBackupSystem } from 'holdfast';
    import { toNodeHandler } from 'holdfast/node';
    const system = createBackupSystem({ database: process.env.URL, auth: { token: 't'.repeat(16) }${options} });
    const { api } = system;
    await api.init();
    await system.start();
    ${prepare}
    const handler = toNodeHandler(system);`;
  return `
    import { createServer } from 'node:http';
    ${database === undefined ? 'const handler = (request, response) => response.end();' : system}
    createServer(handler).listen(0);
    process.on('message', () => { globalThis.gc?.(); process.send(process.memoryUsage.rss()); });
    process.send('ready');`;
}

interface Watched extends Variant {
  child: ReturnType<typeof spawn>;
  connections: number[];
}

async function begin(server: BenchServer, variant: Variant): Promise<Watched> {
  if (variant.database !== undefined) await createDatabase(server, variant.database);
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '--eval', program(variant)], {
    cwd: root,
    env: { ...process.env, ...(variant.database && { URL: server.url(variant.database) }) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await answerOf(child);
  return { ...variant, child, connections: [] };
}

const answerOf = (child: Watched['child']): Promise<unknown> =>
  new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`the program ended with ${code}`)));
  });

async function rssOf({ child }: Watched): Promise<number> {
  child.send('rss');
  return Number(await answerOf(child));
}

/** Statements and logins by database, from what the server has logged since that byte. */
async function logged(
  file: string,
  start: number,
): Promise<Map<string, { statements: number; logins: number }>> {
  const found = new Map<string, { statements: number; logins: number }>();
  for await (const line of createInterface({ input: createReadStream(file, { start }) })) {
    const [, application = '', database = '', what = ''] =
      /^@([^@]*)@([^@]*)@LOG: {2}(statement:|execute |connection authorized)/.exec(line) ?? [];
    if (database === '' || application === 'holdfast bench') continue;
    const counts = found.get(database) ?? { statements: 0, logins: 0 };
    if (what === 'connection authorized') counts.logins++;
    else counts.statements++;
    found.set(database, counts);
  }
  return found;
}

async function benchIdle(server: BenchServer, minutes: number): Promise<void> {
  const watched: Watched[] = [];
  try {
    for (const variant of variants) watched.push(await begin(server, variant));
    await pause(restMs);
    await withClient(server.url(), async (client) => {
      const { rows } = await client.query<{ directory: string }>(
        `select current_setting('data_directory') as directory`,
      );
      const log = path.join(rows[0]!.directory, 'server.log');
      const { size } = await fs.stat(log);
      const end = performance.now() + minutes * 60_000;
      while (performance.now() < end) {
        const { rows: open } = await client.query<{ database: string; count: number }>(
          'select datname as database, count(*)::int as count from pg_stat_activity where datname is not null group by 1',
        );
        for (const { database, connections } of watched) {
          connections.push(open.find((row) => row.database === database)?.count ?? 0);
        }
        await pause(sampleMs);
      }
      const counts = await logged(log, size);
      const [alone] = watched;
      const bare = await rssOf(alone!);
      console.log(
        '| | connections, mean (most) | statements a minute | logins a minute | memory | over the application |',
      );
      console.log('|---|---|---|---|---|---|');
      for (const each of watched) {
        const { name, database, connections } = each;
        const { statements = 0, logins = 0 } = counts.get(database ?? '') ?? {};
        const mean = connections.reduce((sum, one) => sum + one, 0) / connections.length;
        const rss = each === alone ? bare : await rssOf(each);
        const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
        console.log(
          `| ${name} | ${mean.toFixed(1)} (${Math.max(...connections)}) | ${(statements / minutes).toFixed(1)} | ${(logins / minutes).toFixed(1)} | ${mb(rss)} | ${each === alone ? '' : mb(rss - bare)} |`,
        );
      }
    });
  } finally {
    for (const { child } of watched) child.kill('SIGKILL');
  }
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) {
  console.log(usage);
} else {
  await using cleanup = new AsyncDisposableStack();
  const folder = await temporaryDirectory();
  cleanup.defer(() => fs.rm(folder, { recursive: true, force: true }));
  const server = await openServer(undefined, folder, {
    log_statement: 'all',
    log_connections: 'on',
    log_line_prefix: '@%a@%d@',
  });
  cleanup.defer(() => server.stop());
  console.error(JSON.stringify(machine(), null, 2));
  await benchIdle(server, Number(values.minutes));
}
