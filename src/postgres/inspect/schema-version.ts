import { createHash } from 'node:crypto';
import { quoteIdentifier } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/**
 * A value that changes with every change of a definition: a hash over the row versions of the system catalogs. A DDL
 * statement writes row versions with the id of its own transaction, so taking a change back gives a new value too; only
 * what was created and dropped again leaves no trace. What changes no definition may change the value as well, such as
 * TRUNCATE. Temporary objects do not count, nor does what VACUUM and ANALYZE write.
 */

/** Catalogs whose rows are about relations, with the column that says which; rows about temporary relations do not count. */
const ofRelation: Record<string, string> = {
  pg_attrdef: 'adrelid',
  pg_attribute: 'attrelid',
  pg_class: 'oid',
  pg_constraint: 'conrelid',
  pg_index: 'indrelid',
  pg_inherits: 'inhrelid',
  pg_rewrite: 'ev_class',
  pg_sequence: 'seqrelid',
  pg_trigger: 'tgrelid',
};

const hashOf = (text: string): string =>
  `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${text}, 'SQL_ASCII')), 'hex')`;
const isTemporary = (oid: string): string =>
  `exists (select from pg_catalog.pg_class r where r.oid = ${oid} and r.relpersistence = 't')`;
const temporarySchema = `(select pg_catalog.array_agg(n.oid) from pg_catalog.pg_namespace n where n.nspname ~ '^pg_(toast_)?temp_')`;

/** Other conditions on the rows that count. */
const counted: Record<string, string> = {
  ...Object.fromEntries(
    Object.entries(ofRelation).map(([catalog, column]) => [catalog, `not ${isTemporary(`c.${column}`)}`]),
  ),
  pg_type: `c.typnamespace <> all (coalesce(${temporarySchema}, '{}'))`,
  pg_namespace: `c.nspname !~ '^pg_(toast_)?temp_'`,
  // Of dependencies those that are changed by themselves: membership in an extension, and the owner of a sequence.
  pg_depend: `c.deptype in ('e', 'x') or (c.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
    and exists (select from pg_catalog.pg_class r where r.oid = c.objid and r.relkind = 'S' and r.relpersistence <> 't'))`,
};

/** Catalogs of data, and those that not every role may read. */
const notDefinitions = [
  'pg_statistic',
  'pg_statistic_ext_data',
  'pg_largeobject',
  'pg_largeobject_metadata',
  'pg_subscription_rel',
  'pg_user_mapping',
];

/**
 * The version that the snapshot of `session` shows. Where a later snapshot shows the same, pg_dump would read in it what
 * it reads in the earlier one.
 * @returns null when that cannot be told: the role may not read a catalog, or there are subscriptions, whose
 *   rows other roles cannot see
 */
export async function readSchemaVersion(session: Session): Promise<string | null> {
  const catalogs = await session.query<{ name: string; readable: boolean; subscriptions: boolean }>(
    `select c.relname as name, pg_catalog.has_table_privilege(c.oid, 'select') as readable,
       exists (select s.oid from pg_catalog.pg_subscription s
         where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())) as subscriptions
     from pg_catalog.pg_class c
     where c.relnamespace = 'pg_catalog'::pg_catalog.regnamespace and c.relkind = 'r'
       and (not c.relisshared or c.relname = 'pg_tablespace') and c.relname <> all ($1::pg_catalog.text[])
     order by 1`,
    [notDefinitions],
  );
  if (catalogs.some(({ readable, subscriptions }) => !readable || subscriptions)) return null;
  const versions = catalogs.map(({ name }) => {
    const condition = counted[name] === undefined ? '' : ` where ${counted[name]}`;
    return `select pg_catalog.string_agg(c.ctid::pg_catalog.text || c.xmin::pg_catalog.text, ' ' order by c.ctid) as rows
      from pg_catalog.${quoteIdentifier(name)} c${condition}`;
  });
  const others = [
    `select pg_catalog.string_agg(pg_catalog.format('%s %s', r.oid, r.rolname), ' ' order by r.oid) as rows from pg_catalog.pg_roles r`,
    `select pg_catalog.string_agg(m::pg_catalog.text, ' ' order by m.umid) as rows from pg_catalog.pg_user_mappings m`,
    `select pg_catalog.concat_ws(' ', pg_catalog.current_setting('server_version'), current_user, d.oid, d.datname) as rows
       from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
  ];
  const rows = await session.query<{ hash: string }>(
    [...versions, ...others]
      .map(
        (select, place) =>
          `select ${place} as place, ${hashOf("coalesce(v.rows, '')")} as hash from (${select}) v`,
      )
      .join(' union all ') + ' order by place',
  );
  const names = catalogs.map(({ name }) => name).join(' ');
  return createHash('sha256')
    .update([names, ...rows.map(({ hash }) => hash)].join('\n'))
    .digest('hex');
}
