import path from 'node:path';
import { parseArgs } from 'node:util';
import { dataSets } from './datasets/index.ts';

export interface BenchOptions {
  scale: number;
  sets: string[];
  runs: number;
  jobs: number;
  /** A server to use; without one the bench starts its own. */
  url: string | undefined;
  /** Where the bench's own server keeps its data, to use the data sets again. Without it: a directory that is removed. */
  data: string | undefined;
  pgDump: string;
  pgRestore: string;
  json: string | undefined;
  store: 'database' | 'memory';
  only: 'backup' | 'restore' | undefined;
  alone: 'holdfast' | 'pg_dump' | undefined;
}

export const usage = `Usage: npm run bench -- [options]

Measures Holdfast beside pg_dump and pg_restore, in alternation, on data it makes itself.

  --scale N         size of the data sets; 1 is about 600 MB each, or 5,000 tables (default 1)
  --sets a,b        ${dataSets.map(({ name, describes }) => `${name}: ${describes}`).join('; ')} (default: all)
  --runs N          measured runs of each side, after one that is not counted (default 5)
  --jobs N          connections of each side (default 2)
  --url URL         a server to use; needs a superuser. Databases named holdfast_bench_… are made and dropped there
                    (default: a server that the bench starts and removes)
  --data DIR        where the bench's own server keeps its data, so that the data sets can be used again
  --pg-dump PATH    (default: pg_dump)
  --pg-restore PATH (default: the pg_restore beside pg_dump)
  --store NAME      database, or memory to leave the cost of a store out; memory has no restore (default database)
  --only PHASE      backup or restore
  --alone SIDE      holdfast or pg_dump: measure only this one
  --json FILE       writes every figure there
`;

/** @throws TypeError or RangeError when an option is wrong */
export function readOptions(args: string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args,
    options: {
      scale: { type: 'string', default: '1' },
      sets: { type: 'string', default: dataSets.map(({ name }) => name).join(',') },
      runs: { type: 'string', default: '5' },
      jobs: { type: 'string', default: '2' },
      url: { type: 'string' },
      data: { type: 'string' },
      'pg-dump': { type: 'string', default: 'pg_dump' },
      'pg-restore': { type: 'string' },
      json: { type: 'string' },
      store: { type: 'string', default: 'database' },
      only: { type: 'string' },
      alone: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const pgDump = values['pg-dump'];
  const options: BenchOptions = {
    scale: number('scale', values.scale, 0.001, 1000),
    sets: values.sets.split(','),
    runs: whole('runs', values.runs),
    jobs: whole('jobs', values.jobs),
    url: values.url,
    data: values.data,
    pgDump,
    pgRestore: values['pg-restore'] ?? path.join(path.dirname(pgDump), 'pg_restore'),
    json: values.json,
    store: oneOf('store', values.store, ['database', 'memory'] as const),
    only: values.only === undefined ? undefined : oneOf('only', values.only, ['backup', 'restore'] as const),
    alone:
      values.alone === undefined ? undefined : oneOf('alone', values.alone, ['holdfast', 'pg_dump'] as const),
  };
  for (const set of options.sets)
    oneOf(
      'sets',
      set,
      dataSets.map(({ name }) => name),
    );
  // path.join makes './pg_restore' of a bare name, which would not be looked for on PATH.
  if (values['pg-restore'] === undefined && !pgDump.includes(path.sep)) options.pgRestore = 'pg_restore';
  if (options.store === 'memory' && options.only === 'restore') {
    throw new RangeError('--store memory has no restore: the store ends with the process');
  }
  return options;
}

function number(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) {
    throw new RangeError(`--${name} must be a number from ${least} to ${most}`);
  }
  return value;
}

function whole(name: string, text: string): number {
  const value = number(name, text, 1, 1000);
  if (!Number.isInteger(value)) throw new RangeError(`--${name} must be a whole number`);
  return value;
}

function oneOf<T extends string>(name: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((value) => value === text);
  if (found === undefined) throw new RangeError(`--${name} must be of ${allowed.join(', ')}`);
  return found;
}
