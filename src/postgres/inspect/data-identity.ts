import { hash } from 'node:crypto';
import type { KeyOrder } from '../../format/key-bounds.ts';
import type { Session } from '../wire/session.ts';
import type { TextType } from './text-types.ts';

/**
 * What the text of a table's rows depends on besides the rows themselves: while all of it is the same, the same row versions
 * give the same text. What is said to have changed is the first of them. docs/decisions/0042 has where each of them comes from.
 */
export const identityFacts = ['server', 'columns', 'types', 'file'] as const;
export type IdentityFact = (typeof identityFacts)[number];
export type TableFacts = Readonly<Record<IdentityFact, string>>;

/**
 * The first column of a primary key, where its smallest and greatest values of a range are worth knowing: to find one
 * row then takes reading one range.
 */
export interface KeyColumn {
  name: string;
  order: KeyOrder;
}

export interface DataIdentity {
  facts: TableFacts;
  /** Why its rows must be read whether they have changed or not, in words that follow "read: "; null where they need not. */
  unfit: string | null;
  key: KeyColumn | null;
}

interface Row {
  oid: string;
  file: string;
  columns: string;
  types: string[] | null;
  key_name: string | null;
  key_type: string | null;
}

/** How values of these types of pg_catalog compare as text. */
const orders: ReadonlyMap<string, KeyOrder> = new Map([
  ['int2', 'integer'],
  ['int4', 'integer'],
  ['int8', 'integer'],
  ['date', 'time'],
  ['timestamp', 'time'],
  ['timestamptz', 'time'],
  ['text', 'bytes'],
  ['varchar', 'bytes'],
  ['uuid', 'bytes'],
]);

/**
 * Of tables with these oids.
 * @param session sees the snapshot that the rows are read under
 * @param types of their columns, from `readTextTypes`
 */
export async function readDataIdentities(
  session: Session,
  oids: readonly number[],
  types: ReadonlyMap<string, TextType>,
): Promise<Map<number, DataIdentity>> {
  const server = await readServer(session);
  const rows = await session.query<Row>(
    `select c.oid::pg_catalog.int8 as oid,
       c.relfilenode::pg_catalog.text || ' ' || coalesce(t.oid::pg_catalog.text || ' ' || t.relfilenode::pg_catalog.text, '') as file,
       coalesce((select pg_catalog.json_agg(pg_catalog.json_build_array(a.attnum, a.atttypid::pg_catalog.int8, a.atttypmod,
           a.attisdropped, a.attgenerated, a.attmissingval::pg_catalog.text) order by a.attnum)
         from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0), '[]')::pg_catalog.text as columns,
       (select pg_catalog.array_agg(distinct a.atttypid::pg_catalog.int8::pg_catalog.text) from pg_catalog.pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as types,
       k.attname as key_name, k.typname as key_type
     from pg_catalog.pg_class c
       left join pg_catalog.pg_class t on t.oid = c.reltoastrelid
       left join lateral (
         select a.attname, y.typname from pg_catalog.pg_index i
           join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
           join pg_catalog.pg_type y on y.oid = a.atttypid and y.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
          where i.indrelid = c.oid and i.indisprimary) k on true
     where c.oid = any ($1::pg_catalog.oid[])`,
    [oids],
  );
  return new Map(rows.map((row) => [Number(row.oid), identityOf(row, server, types)]));
}

function identityOf(row: Row, server: string, types: ReadonlyMap<string, TextType>): DataIdentity {
  const used = (row.types ?? []).toSorted().map((oid) => types.get(oid)!);
  const unfit = used.find((type) => type.unfit !== null);
  return {
    facts: {
      server,
      file: row.file,
      columns: short(row.columns),
      types: short(JSON.stringify(used.map(({ facts }) => facts))),
    },
    unfit: unfit ? `the text of its values of type ${unfit.unfit} depends on more than the rows` : null,
    key: keyOf(row),
  };
}

function keyOf({ key_name: name, key_type: type }: Row): KeyColumn | null {
  const order = type === null ? undefined : orders.get(type);
  return name === null || order === undefined ? null : { name, order };
}

/**
 * Which history of which server the transaction numbers are of, and its version. After a restore to an earlier point in time
 * there is another timeline, in which the same numbers are of other transactions.
 */
async function readServer(session: Session): Promise<string> {
  const [row] = await session.query<{ control: boolean; recovery: boolean }>(
    `select pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute')
         and pg_catalog.has_function_privilege('pg_catalog.pg_control_checkpoint()', 'execute') as control,
       pg_catalog.pg_is_in_recovery() as recovery`,
  );
  const { control, recovery } = row!;
  const timeline = recovery
    ? control
      ? '(select timeline_id::pg_catalog.text from pg_catalog.pg_control_checkpoint())'
      : "''"
    : 'pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8)';
  const [facts] = await session.query<{ facts: string }>(
    `select pg_catalog.json_build_array(d.oid::pg_catalog.int8, ${timeline},
         ${control ? '(select system_identifier::pg_catalog.text from pg_catalog.pg_control_system())' : "''"},
         pg_catalog.current_setting('server_version_num'))::pg_catalog.text as facts
       from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
  );
  return short(facts!.facts);
}

/** 128 bits are enough to tell what has changed. */
function short(text: string): string {
  return hash('sha256', text).slice(0, 32);
}
