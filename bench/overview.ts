import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { createBackupSystem, silentLogger } from '../src/index.ts';
import { quoteIdentifier } from '../src/postgres/identifiers.ts';
import { createDatabase, databaseName, withClient } from './databases.ts';
import { openServer } from './server.ts';

/*
 * How long the overview of several databases takes, each with many backups in a catalog that they share, and the list of one: whole calls
 * over HTTP without the network. The rows of backups are copies of a real one.
 */

const usage = `Usage: node bench/overview.ts [--databases N] [--backups N] [--times N]\n`;
const { values } = parseArgs({
  options: {
    databases: { type: 'string', default: '20' },
    backups: { type: 'string', default: '500' },
    times: { type: 'string', default: '31' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const [databases, backups, times] = [values.databases, values.backups, values.times].map(Number) as [
  number,
  number,
  number,
];

const server = await openServer(undefined, undefined);
const control = databaseName('overview');
const names = Array.from({ length: databases }, (_, i) => `n${i + 1}`);
const nameOf = (name: string): string => databaseName(`overview_${name}`);
const token = 'a-token-of-the-bench';
try {
  for (const name of [control, ...names.map(nameOf)]) await createDatabase(server, name);
  const system = createBackupSystem({
    databases: Object.fromEntries(names.map((name) => [name, server.url(nameOf(name))])),
    catalog: server.url(control),
    auth: { token },
    logger: silentLogger,
  });
  for (const name of names) {
    const { api } = await system.database(name);
    await api.init();
    await api.createBackup({ wait: true });
    await withClient(server.url(control), (client) => copyRows(client, `holdfast_${name}`));
  }
  await withClient(server.url(control), (client) => client.query('vacuum analyze'));
  for (const [what, address] of [
    [`overview of ${databases} databases`, '/databases'],
    ['list of one, 50 at once', `/backup?limit=50&database=${names.at(-1)!}`],
    ['status of one', `/backup/status?database=${names.at(-1)!}`],
    [`metrics of ${databases}`, '/metrics'],
  ] as const) {
    const took: number[] = [];
    for (let time = 0; time <= times; time++) {
      const started = performance.now();
      const answer = await system.fetch(
        new Request(`http://bench/api/admin${address}`, { headers: { Authorization: `Bearer ${token}` } }),
      );
      const text = await answer.text();
      if (answer.status !== 200) throw new Error(`${address}: ${answer.status} ${text.slice(0, 300)}`);
      // The first one connects.
      if (time > 0) took.push(performance.now() - started);
    }
    took.sort((a, b) => a - b);
    const [median, worst] = [took[Math.floor(took.length / 2)]!, took.at(-1)!];
    process.stdout.write(`${what}: median ${median.toFixed(1)} ms, longest ${worst.toFixed(1)} ms\n`);
  }
  await system.stop();
} finally {
  await server.stop();
}

/** Makes as many rows of backups as there are to be, a day apart, of the one that there is. */
async function copyRows(
  client: Parameters<Parameters<typeof withClient>[1]>[0],
  schema: string,
): Promise<void> {
  const table = `${quoteIdentifier(schema)}.system_backups`;
  const { rows } = await client.query<{ name: string }>(
    `select a.attname as name from pg_attribute a
      where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped and a.attidentity = '' and a.attgenerated = ''`,
    [table],
  );
  const ago: Record<string, string> = { uuid: 'gen_random_uuid()' };
  const chosen = rows.map(({ name }) => quoteIdentifier(name)).join(', ');
  const made = rows.map(({ name }) => {
    if (ago[name] !== undefined) return ago[name];
    if (name.endsWith('_at')) return `${quoteIdentifier(name)} - n * interval '1 day'`;
    return quoteIdentifier(name);
  });
  await client.query(
    `insert into ${table} (${chosen}) select ${made.join(', ')} from ${table}, generate_series(1, ${backups - 1}) n`,
  );
}
