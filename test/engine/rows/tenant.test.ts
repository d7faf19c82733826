import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError } from '../../../src/base/errors.ts';
import { tenantOf, type TenantGiven } from '../../../src/contract/chosen-tenant.ts';
import type { TenantRequest } from '../../../src/engine/requests.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { testDatabase } from '../../support/database.ts';
import { exactBackup } from '../incremental/exact-backup.ts';
import { seeded } from '../segments.ts';
import { everything, rowsOf } from './rows-of.ts';

const tenants = [7, 42, 99];

interface Made {
  name: string;
  hasColumn: boolean;
  key: 'int' | 'uuid' | 'text' | 'composite';
  parent: Made | undefined;
  /** By the tenant. */
  keys: Map<number, string[]>;
}

/** Values of a table's key as SQL, one for each column. */
function keySql({ key }: Made, tenant: number, place: number): string[] {
  const number = tenant * 1_000 + place;
  if (key === 'uuid') return [`md5('${number}')::uuid`];
  if (key === 'text') return [`'k\\${number}'`];
  return key === 'composite' ? [String(tenant), String(place)] : [String(number)];
}

const keyTypes = { int: ['int'], uuid: ['uuid'], text: ['text'], composite: ['int', 'int'] } as const;

/**
 * Forty tables of a customer, of which some have the column, and others only refer to those that do. Whose a row is says its column
 * `owner` as well, of which Holdfast knows nothing: that is the model.
 */
function customerSchema(random: (below: number) => number): string {
  const statements = [
    `create table countries (code text primary key, owner text default 'shared');
     insert into countries values ('ch'), ('fr'), ('it');
     create table tenants (id int primary key, name text, country text references countries, owner text);
     create table staff (id int primary key, tenant_id int references tenants, name text, owner text default 'shared');`,
    ...tenants.map(
      (tenant) => `insert into tenants values (${tenant}, 'tenant ${tenant}', 'ch', '${tenant}');
        insert into staff values (${tenant}, ${tenant}, 'of all');`,
    ),
  ];
  const made: Made[] = [];
  for (let i = 0; i < 40; i++) {
    const hasColumn = i < 4 || random(3) === 0;
    const parent = i === 0 ? undefined : made[random(made.length)];
    const key = (['int', 'uuid', 'text', ...(hasColumn ? (['composite'] as const) : [])] as const)[
      random(hasColumn ? 4 : 3)
    ]!;
    const table: Made = { name: `t${i}`, hasColumn, key, parent, keys: new Map() };
    const own = key === 'composite' ? ['tenant_id', 'k1'] : ['k0'];
    const up = parent ? keyTypes[parent.key].map((type, n) => ({ name: `p${n}`, type })) : [];
    const selfRefers = key === 'int' && random(3) === 0;
    statements.push(`create table ${table.name} (
      ${[
        ...own
          .filter((name) => name !== 'tenant_id')
          .map((name, n) => `${name} ${keyTypes[key][key === 'composite' ? 1 : n]}`),
        ...(hasColumn ? ['tenant_id int references tenants'] : []),
        ...up.map(({ name, type }) => `${name} ${type} not null`),
        'country text references countries, note text, owner text',
        ...(selfRefers ? [`other int references ${table.name} deferrable initially deferred`] : []),
        `primary key (${own.join(', ')})`,
        ...(parent
          ? [
              `foreign key (${up.map(({ name }) => name).join(', ')}) references ${parent.name} ${random(2) ? 'on delete cascade' : ''}`,
            ]
          : []),
      ].join(',\n')})`);
    for (const tenant of tenants) {
      const keys: string[] = [];
      for (let row = 1; row <= 2 + random(4); row++) {
        const values = keySql(table, tenant, row);
        const above = parent?.keys.get(tenant) ?? [];
        const columns = [
          ...own,
          ...(hasColumn && key !== 'composite' ? ['tenant_id'] : []),
          ...up.map(({ name }) => name),
          'country, note, owner',
          ...(selfRefers ? ['other'] : []),
        ];
        statements.push(
          `insert into ${table.name} (${columns.join(', ')}) values (${[
            ...values,
            ...(hasColumn && key !== 'composite' ? [String(tenant)] : []),
            ...(parent ? [above[random(above.length)]!] : []),
            `${random(2) ? "'fr'" : 'null'}, E'note\\\\t${row}', '${tenant}'`,
            ...(selfRefers ? [random(2) && keys.length > 0 ? keys[random(keys.length)]! : 'null'] : []),
          ].join(', ')})`,
        );
        keys.push(values.join(', '));
      }
      table.keys.set(tenant, keys);
    }
    made.push(table);
  }
  return statements.join(';\n');
}

const ruled = (given: TenantGiven, except: string[] = ['staff'], column = 'tenant_id'): TenantRequest => {
  const { id, ...how } = tenantOf(given);
  return { ...how, tenant: { id, column, except } };
};

test('one customer comes back in forty tables, and nobody else changes', async (t) => {
  const db = await testDatabase(t);
  const seed = Math.floor(Math.random() * 1e9);
  t.diagnostic(`seed ${seed}`);
  await db.client.query(customerSchema(seeded(seed)));
  const store = memoryStore();
  const { manifest } = await exactBackup(db.target, store, {});
  const rows = rowsOf(db.target, store, manifest);
  const before = await everything(db.client);
  const tables = Object.keys(before).filter((name) => name.startsWith('public.'));
  const quietly = (sql: string): Promise<unknown> =>
    db.client.query(`set session_replication_role = replica; ${sql}; reset session_replication_role`);

  // Their rows are gone; those of others change, come and go meanwhile.
  await quietly(
    tables
      .map(
        (name) => `delete from ${name} where owner = '42';
          update ${name} set owner = owner || ' later' where owner <> '42' and ctid = (select min(ctid) from ${name} where owner = '7')`,
      )
      .join(';'),
  );
  const lost = await everything(db.client);
  const expected = Object.fromEntries(
    Object.entries(lost).map(([name, all]) => [
      name,
      name.startsWith('public.')
        ? [...all, ...before[name]!.filter((row) => ownerOf(row) === '42')].toSorted()
        : all,
    ]),
  );

  const { plan, refusals } = await rows.plan(ruled(42));
  assert.deepEqual(refusals, []);
  assert.deepEqual(plan.shared, ['public.countries']);
  assert.equal(plan.rows!.length, 41);
  const places = new Map(plan.rows!.map(({ table }, place) => [table, place]));
  assert.equal(places.get('public.tenants'), 0, 'parents first');
  assert.ok(!places.has('public.staff') && !places.has('public.countries'));
  assert.deepEqual(await everything(db.client), lost);
  const restored = await rows.restore(ruled('42'));
  assert.ok(restored.every(({ added, changed, skipped }) => added > 1 || changed + skipped === 0));
  const after = await everything(db.client);
  for (const name of Object.keys(after)) assert.deepEqual(after[name]!.toSorted(), expected[name], name);

  // Changed ones: a conflict first, then decided; what came since stays, and is told.
  await quietly(`update t0 set note = 'spoilt' where owner = '42'`);
  const conflict = await rows.plan(ruled(42));
  assert.equal(conflict.refusals[0]!.code, 'ROWS_CONFLICT');
  await rows.restore(ruled({ id: 42, onConflict: 'overwrite', withParents: false, newRows: 'keep' }));
  const again = await everything(db.client);
  for (const name of Object.keys(again)) assert.deepEqual(again[name]!.toSorted(), expected[name], name);

  await db.client.query("insert into staff values (1000, 42, 'new', 'shared')");
  const withStaff = await rows.plan(ruled(42, []));
  assert.ok(
    withStaff.plan.warnings.some((text) =>
      /not in the backup stay as they are: 1 row of public.staff/.test(text),
    ),
    withStaff.plan.warnings.join('\n'),
  );

  // A shared row that is missing is refused, or brought back.
  await quietly("delete from countries where code = 'ch'; delete from tenants where id = 42");
  assert.match((await rows.plan(ruled(42))).refusals[0]!.message, /refers? to rows of public.countries/);
  const up = ruled({ id: 42, onConflict: 'fail', withParents: true, newRows: 'keep' });
  assert.deepEqual((await rows.plan(up)).plan.shared, ['public.countries']);
  await rows.restore(up);
  const complete = await everything(db.client);
  assert.deepEqual(complete['public.countries']!.length, 3);

  for (const [request, code, text] of [
    [ruled('x'), 'INVALID_REQUEST', /does not fit its column/],
    [ruled(42, [], 'nothing'), 'INVALID_REQUEST', /has the column nothing/],
    [ruled(42, ['stafff']), 'TABLES_NOT_FOUND', /stafff/],
  ] as const) {
    await assert.rejects(rows.plan(request), (error) => {
      assert.ok(error instanceof HoldfastError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, text);
      return true;
    });
  }
});

/** Of a row as text: `(…,42)`, or `(…,42,)` before a column that refers to its own table. */
function ownerOf(row: string): string | undefined {
  return /,"?(shared|\d+)(?: later)?"?(?:,\d*)?\)$/.exec(row)?.[1];
}
