import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError, type ErrorCode } from '../../src/base/errors.ts';
import { restoreScope } from '../../src/engine/entries/scope.ts';
import { selectByPattern, withDescendants } from '../../src/engine/entries/selection.ts';
import type { Manifest, ManifestSequence, ManifestTable } from '../../src/format/manifest.ts';
import { displayName } from '../../src/postgres/identifiers.ts';

const code =
  (expected: ErrorCode, message: RegExp) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof HoldfastError, String(error));
    assert.equal(error.code, expected, error.message);
    assert.match(error.message, message);
    return true;
  };

/** `schema/name`, so that names may have dots. */
const relation = (path: string): { schema: string; name: string } => {
  const [schema = '', name = ''] = path.split('/');
  return { schema, name };
};
const path = ({ schema, name }: { schema: string; name: string }): string => `${schema}/${name}`;

const tables = [
  'public/orders',
  'public/Orders',
  'public/order items',
  'public/public.orders',
  'public/a.b',
  'public/*',
  'public/"quoted"',
  'sales/orders',
  'sales/naïve ☃',
  'a/b.c',
  'a.b/c',
  'a.b/d',
  'x.*/y',
  'x/only',
].map(relation);

/** What each pattern selects. */
const patterns: [pattern: string, ...selected: string[]][] = [
  ['orders', 'public/orders'],
  ['Orders', 'public/Orders'],
  ['order items', 'public/order items'],
  ['public.Orders', 'public/Orders'],
  ['sales.orders', 'sales/orders'],
  ['sales.naïve ☃', 'sales/naïve ☃'],
  ['sales.*', 'sales/orders', 'sales/naïve ☃'],
  ['x.*', 'x/only'],
  ['x.*.*', 'x.*/y'],
  ['x.*.y', 'x.*/y'],
  ['a.b', 'public/a.b'],
  ['a.b.*', 'a.b/c', 'a.b/d'],
  ['a.b.d', 'a.b/d'],
  ['"a.b"."c"', 'a.b/c'],
  ['"a"."b.c"', 'a/b.c'],
  ['"public"."orders"', 'public/orders'],
  ['"public"."*"', 'public/*'],
  ['*', 'public/*'],
  ['"quoted"', 'public/"quoted"'],
  ['public."quoted"', 'public/"quoted"'],
  ['"public"."""quoted"""', 'public/"quoted"'],
  ['"public"."public.orders"', 'public/public.orders'],
  ['public.public.orders', 'public/public.orders'],
];

for (const [pattern, ...selected] of patterns) {
  test(`${pattern} names ${selected.join(' and ')}`, () => {
    assert.deepEqual([...selectByPattern([pattern], tables)].map(path), selected);
  });
}

test('public.orders could be two tables here, and says how to tell them apart', () => {
  assert.throws(
    () => selectByPattern(['public.orders'], tables),
    code(
      'INVALID_REQUEST',
      /public\.orders names more than one table: "public"\."orders", "public"\."public\.orders"/,
    ),
  );
  assert.throws(
    () => selectByPattern(['a.b.c'], tables),
    code('INVALID_REQUEST', /"a"\."b\.c", "a\.b"\."c"/),
  );
});

test('several patterns together select each table once', () => {
  const selected = selectByPattern(['sales.*', 'orders', 'sales.orders', '"public"."orders"'], tables);
  assert.deepEqual([...selected].map(path), ['sales/orders', 'sales/naïve ☃', 'public/orders']);
});

test('every pattern that names nothing is named, and nothing is guessed', () => {
  const unknown = [
    'order',
    'ORDERS',
    'sales',
    'sales.',
    '.orders',
    'orders ',
    '',
    '.*',
    'nowhere.*',
    'SALES.*',
    'sal*',
    'sales.ord*',
    '%',
    '"orders"',
    '"sales".orders',
    'orders; drop table orders',
  ];
  for (const pattern of unknown) {
    assert.throws(
      () => selectByPattern([pattern], tables),
      code('TABLES_NOT_FOUND', /No such table: /),
      pattern,
    );
  }
  assert.throws(
    () => selectByPattern(['orders', ...unknown], tables),
    (error: HoldfastError) => {
      assert.deepEqual(error.details, { tables: unknown });
      return code('TABLES_NOT_FOUND', /No such tables: order, ORDERS, /)(error);
    },
  );
  assert.deepEqual([...selectByPattern([], tables)], []);
});

test('partitions and children come along, all the way down and once each', () => {
  const tree = [
    { oid: 1, parents: [] },
    { oid: 2, parents: [1] },
    { oid: 3, parents: [2] },
    { oid: 4, parents: [3, 2] },
    { oid: 5, parents: [] },
    { oid: 6, parents: [5, 4] },
  ];
  const below = (...oids: number[]): number[] =>
    [...withDescendants(new Set(tree.filter((each) => oids.includes(each.oid))), tree)]
      .map((each) => each.oid)
      .toSorted((a, b) => a - b);
  assert.deepEqual(below(1), [1, 2, 3, 4, 6]);
  assert.deepEqual(below(3), [3, 4, 6]);
  assert.deepEqual(below(5), [5, 6]);
  assert.deepEqual(below(6), [6]);
  assert.deepEqual(below(2, 5), [2, 3, 4, 5, 6]);
  assert.deepEqual(below(), []);
});

const table = (name: string, ...ancestors: string[]): Partial<ManifestTable> => ({
  ...relation(name),
  ancestors: ancestors.map(relation),
});

const sequence = (name: string, owner?: string): object => ({
  ...relation(name),
  ownedBy: owner === undefined ? null : { ...relation(owner), column: 'id' },
});

/** As much of a manifest as a scope looks at. */
function manifestOf(type: 'full' | 'partial'): Manifest {
  return {
    type,
    tables: [
      table('public/orders'),
      table('sales/orders'),
      // Three deep, partitioned tables have no rows of their own.
      table('public/moves_2025_a', 'public/moves_2025', 'public/moves'),
      table('public/moves_2025_b', 'public/moves_2025', 'public/moves'),
      table('archive/moves_2024', 'public/moves'),
      // Inheritance: the parent has rows as well.
      table('public/cities'),
      table('public/capitals', 'public/cities'),
    ],
    schema: { entries: [], leftOut: [] },
    extensions: [],
    sequences: [
      sequence('public/orders_id_seq', 'public/orders'),
      sequence('public/moves_id_seq', 'public/moves'),
      sequence('public/cities_id_seq', 'public/cities'),
      sequence('public/alone'),
    ],
  } as unknown as Manifest;
}

function scopeOf(
  tables: string[],
  type: 'full' | 'partial' = 'full',
): [tables: string[], sequences: string[]] {
  const scope = restoreScope(manifestOf(type), {
    restoreType: tables.length > 0 ? 'partial' : 'full',
    tables,
  });
  assert.equal(scope.whole, tables.length === 0 && type === 'full');
  assert.equal(scope.largeObjects, scope.whole);
  // A star marks a sequence that numbers rows outside of the scope as well.
  const star = (each: ManifestSequence): string => (scope.sharedSequences.has(each) ? '*' : '');
  return [scope.tables.map(path), scope.sequences.map((each) => each.name + star(each))];
}

test('a full restore covers everything', () => {
  const [all, sequences] = scopeOf([]);
  assert.equal(all.length, 7);
  assert.deepEqual(sequences, ['orders_id_seq', 'moves_id_seq', 'cities_id_seq', 'alone']);
});

test('of a partial backup, sequences of its tables alone are set', () => {
  const [all, sequences] = scopeOf([], 'partial');
  assert.equal(all.length, 7);
  assert.deepEqual(sequences, ['orders_id_seq', 'moves_id_seq', 'cities_id_seq']);
});

test('a partitioned table is named by itself, and brings its sequence', () => {
  assert.deepEqual(scopeOf(['moves']), [
    ['public/moves_2025_a', 'public/moves_2025_b', 'archive/moves_2024'],
    ['moves_id_seq'],
  ]);
  assert.deepEqual(scopeOf(['public.moves_2025']), [
    ['public/moves_2025_a', 'public/moves_2025_b'],
    ['moves_id_seq*'],
  ]);
  assert.deepEqual(scopeOf(['moves_2025_a']), [['public/moves_2025_a'], ['moves_id_seq*']]);
});

test('an inheritance parent brings its children, a child does not bring its parent', () => {
  assert.deepEqual(scopeOf(['cities']), [['public/cities', 'public/capitals'], ['cities_id_seq']]);
  assert.deepEqual(scopeOf(['capitals']), [['public/capitals'], ['cities_id_seq*']]);
});

test('a schema covers the tables in it, and partitions elsewhere of its tables', () => {
  assert.deepEqual(scopeOf(['sales.*']), [['sales/orders'], []]);
  assert.deepEqual(scopeOf(['archive.*'])[0], ['archive/moves_2024']);
  assert.deepEqual(
    scopeOf(['public.*'])[0],
    manifestOf('full')
      .tables.map(path)
      .filter((each) => each !== 'sales/orders'),
  );
});

test('what the backup does not have is named', () => {
  assert.throws(
    () => scopeOf(['orders', 'nothing', 'moves_2026']),
    code('TABLES_NOT_FOUND', /nothing, moves_2026/),
  );
});

test('a partial restore without tables restores nothing by accident', () => {
  const scope = restoreScope(manifestOf('full'), { restoreType: 'partial', tables: [] });
  assert.deepEqual(scope.tables.map(displayName), []);
  assert.equal(scope.whole, false);
});
