import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableList } from '../../src/cli/arguments.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { localMinute, localTime } from '../../src/cli/terminal/units.ts';
import { commandName, commandNames, runnable } from '../../src/cli/command-name.ts';
import { barLine, plainLine, share } from '../../src/cli/terminal/progress-line.ts';
import { rateMeter } from '../../src/engine/progress/rate-meter.ts';
import { pairs, table } from '../../src/cli/terminal/table.ts';
import { fitted, printable, width } from '../../src/cli/terminal/text.ts';
import { bytes, count, counted, duration, relative } from '../../src/base/units.ts';
import { countedTables } from '../../src/base/words.ts';
import type { Progress } from '../../src/api/contract.ts';

test('bytes are short and never show 1000 of a unit', () => {
  const expected: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [1_250_000_000, '1.3 GB'],
    [3e15, '3.0 PB'],
    [5e18, '5,000 PB'],
    [-1_500_000, '-1.5 MB'],
  ];
  for (const [value, text] of expected) assert.equal(bytes(value), text);
});

test('durations and ages read as people say them', () => {
  assert.deepEqual(
    [0, 940, 9_940, 9_960, 59_400, 59_600, 60_000, 200_000, 7_500_000, 7_200_000, 400_000_000].map(duration),
    [
      '0.0 s',
      '0.9 s',
      '9.9 s',
      '10 s',
      '59 s',
      '1 min',
      '1 min',
      '3 min 20 s',
      '2 h 5 min',
      '2 h',
      '4 d 15 h',
    ],
  );
  const now = Date.parse('2026-03-10T00:00:00Z');
  assert.equal(relative('2026-03-10T00:00:05Z', now), 'just now');
  assert.equal(relative('2026-03-09T23:59:00Z', now), '1 minute ago');
  assert.equal(relative('2026-03-09T00:00:00Z', now), '24 hours ago');
  assert.equal(relative('2026-03-01T00:00:00Z', now), '9 days ago');
  assert.equal(relative('2026-03-10T03:00:00Z', now), 'in 3 hours');
  assert.equal(count(1_234_567), '1,234,567');
  assert.equal(counted(1, 'table'), '1 table');
  assert.equal(counted(0, 'table'), '0 tables');
  assert.equal(countedTables(18, 0), '18 tables');
  assert.equal(countedTables(30, 13), '30 tables (13 of them partitions)');
  assert.equal(countedTables(13, 13), '13 tables (all of them partitions)');
});

test('what comes out of a database does not steer the terminal', () => {
  assert.equal(printable('a\u001b[31mb\nc\td\u202ee'), String.raw`a\u001b[31mb\nc\td\u202ee`);
  assert.equal(printable('größe 表'), 'größe 表');
});

test('tables align wide characters and leave no space at the ends of lines', () => {
  const text = table(
    [{ title: 'NAME' }, { title: 'ROWS', align: 'right' }, { title: 'NOTE' }],
    [
      ['表', '1', ''],
      ['orders', '12,345', 'x'],
    ],
  );
  assert.deepEqual(text.split('\n'), ['NAME      ROWS  NOTE', '表           1', 'orders  12,345  x']);
});

test('a text is cut to a width, with a sign that it was', () => {
  assert.equal(fitted('public.orders', 20), 'public.orders');
  assert.equal(fitted('public.orders', 8), 'public.…');
  assert.ok(width(fitted('表表表表', 4)) <= 4);
});

const progress: Progress = {
  phase: 'data',
  tablesDone: 3,
  tablesTotal: 12,
  rows: 1_200_000,
  rawBytes: 310_000_000,
  storedBytes: 90_000_000,
  rawBytesPerSecond: 69_000_000,
  estimatedRawBytes: 1_000_000_000,
  currentTable: 'public.orders',
};

test('a progress line has bytes, rows, rate, time left and the table', () => {
  const input = { title: 'Backup 7', progress, elapsedMs: 5_000 };
  assert.equal(
    plainLine(input),
    'Backup 7: copying rows, 31 %, 310 MB of 1.0 GB, 1,200,000 rows, 69.0 MB/s, 10 s left, 3/12 tables, public.orders',
  );
  for (const columns of [20, 79, 200]) assert.ok(width(barLine(input, columns)) <= columns);
  assert.match(barLine(input, 160), /█+░+ 31 %/);
});

test('an estimate that is too low never reads as done', () => {
  assert.equal(share({ ...progress, rawBytes: 2_000_000_000 }), 0.99);
  assert.equal(share({ ...progress, estimatedRawBytes: 0 }), null);
  const late = { ...progress, rawBytes: 2_000_000_000 };
  const line = plainLine({ title: 'Backup 7', progress: late, elapsedMs: 5_000 });
  assert.ok(!/left| of /.test(line), line);
});

test('when every row has been moved, it does not look stuck short of the end', () => {
  const done = { ...progress, tablesDone: 12 };
  const line = plainLine({ title: 'Backup 7', progress: done, elapsedMs: 5_000 });
  assert.match(line, /all rows moved/);
  assert.ok(!/%|left|public\.orders/.test(line), line);
});

test('the rate is that of the last seconds', () => {
  const meter = rateMeter();
  meter.add(0, 0);
  assert.equal(meter.rate(), null);
  meter.add(1_000, 100);
  assert.equal(meter.rate(), 100);
  for (let second = 2; second <= 30; second++) meter.add(second * 1_000, 100 + (second - 1) * 10);
  assert.equal(meter.rate(), 10);
});

test('a list of tables splits at commas outside of quotes', () => {
  assert.deepEqual(tableList('orders, sales.*', undefined), ['orders', 'sales.*']);
  assert.deepEqual(tableList('"a,b"."c""d",e', ['f']), ['f', '"a,b"."c""d"', 'e']);
  for (const bad of ['', ',', 'a,,b', '"a', ' ']) assert.throws(() => tableList(bad, undefined), bad);
});

test('the command is named as the reader can call it', () => {
  const here = { executable: '/opt/node', script: '/work dir/main.ts', folder: '/home/me/shop' };
  for (const event of ['start', 'holdfast']) {
    const environment = { npm_package_name: 'holdfast', npm_lifecycle_event: event };
    assert.equal(commandName({ ...here, environment }), 'npm run -s holdfast --');
  }
  const local = { ...here, script: '/home/me/shop/node_modules/.bin/holdfast' };
  assert.equal(commandName({ ...local, environment: { npm_command: 'exec' } }), 'npx holdfast');
  // By a script of the application, or by its path, below the application's folder: not on the PATH afterwards.
  assert.equal(commandName({ ...local, environment: { npm_command: 'run-script' } }), 'npx holdfast');
  assert.equal(commandName({ ...local, folder: '/home/me/shop/src', environment: {} }), 'npx holdfast');
  const elsewhere = commandName({ ...local, folder: '/home/me', environment: {} });
  assert.equal(elsewhere, '/opt/node /home/me/shop/node_modules/.bin/holdfast');
  const global = { ...here, script: '/usr/local/bin/holdfast' };
  assert.equal(commandName({ ...global, environment: { PATH: '/bin:/usr/local/bin' } }), 'holdfast');
  assert.equal(commandName({ ...global, environment: {} }), '/opt/node /usr/local/bin/holdfast');
  assert.equal(commandName({ ...here, environment: {} }), `/opt/node '/work dir/main.ts'`);
});

test('commands in our own words become what can be called, and nothing else does', () => {
  const said = (text: string): string => runnable(text, 'npx holdfast');
  assert.equal(said('Run: holdfast init'), 'Run: npx holdfast init');
  assert.equal(said('holdfast serve, or holdfast worker.'), 'npx holdfast serve, or npx holdfast worker.');
  assert.equal(said('HOLDFAST_SCHEMA=holdfast holdfast init'), 'HOLDFAST_SCHEMA=holdfast npx holdfast init');
  for (const text of [
    'npm install ../holdfast status',
    'npx holdfast.init',
    'the schema holdfast is',
    'Holdfast list',
  ])
    assert.equal(said(text), text);
  assert.deepEqual(
    [...commandNames].toSorted(),
    buildProgram()
      .commands.map((command) => command.name())
      .toSorted(),
  );
});

test('a table fits: what may be cut is cut, then what matters least is left out, and that is said', () => {
  const columns = [
    { title: 'ID', align: 'right' as const },
    { title: 'STARTED' },
    { title: 'TABLES', align: 'right' as const, expendable: 1 },
    { title: 'BY', expendable: 2 },
    { title: 'WHAT', atLeast: 12 },
  ];
  const rows = [
    ['12', '2026-03-04 05:06 +01:00', '1,204', 'schedule', 'everything: before the migration of all prices'],
    ['9', '2026-03-04 05:06 +01:00', '3', 'manual', 'größe 表'],
  ];
  const whole = table(columns, rows, Infinity);
  assert.match(whole, /before the migration of all prices/);
  for (const room of [100, 80, 72, 60, 48, 41]) {
    const lines = table(columns, rows, room).split('\n');
    for (const line of lines) assert.ok(width(line) <= room, `${width(line)} > ${room}: ${line}`);
    assert.match(lines[1] ?? '', /^12  2026-03-04 05:06 \+01:00 .*everything/);
  }
  assert.match(table(columns, rows, 49), /Columns not shown: by\./);
  assert.doesNotMatch(table(columns, rows, 72), /Columns not shown/);
  const lines = pairs(
    [
      ['kept', 'only inside the database itself. If the server'],
      ['a', 'b'],
    ],
    40,
  ).split('\n');
  assert.deepEqual(lines, ['kept  only inside the database itself.', '      If the server', 'a     b']);
});

test('times of the command line have their zone', () => {
  assert.match(localTime('2026-03-04T05:06:07Z'), /^2026-03-0[345] \d\d:\d\d:07 [+-]\d\d:\d\d$/);
  for (const iso of ['2026-03-04T05:06:00.000Z', '2026-07-04T05:06:00.000Z']) {
    assert.equal(new Date(localMinute(iso).replace(' ', 'T').replace(' ', '')).toISOString(), iso);
  }
});
