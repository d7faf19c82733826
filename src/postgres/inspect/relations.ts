/*
 * inspect/ owns reading the system catalogs: relations, constraints, triggers, sequences, settings. It never changes
 * anything in the database it reads, except the locks and temporary tables that reading needs.
 */
import type { ManifestColumn, ManifestSource } from '../../format/manifest.ts';
import type { QualifiedName } from '../identifiers.ts';
import { readDatabaseIdentity, type DatabaseIdentity } from '../database-identity.ts';
import type { Session } from '../wire/session.ts';

/** Nothing of the system's own, nothing temporary. */
const userSchema = `n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`;

/** Who has our rights anyway. */
const trustedRoles = `select r.oid from pg_catalog.pg_roles r where r.rolsuper or r.rolname = current_user`;

/** Functions and operators in index and statistics expressions of the table `c` that belong to another role. */
const foreignExpressions = `
  select from (
    select 'pg_catalog.pg_class'::pg_catalog.regclass::pg_catalog.oid as catalog, i.indexrelid as oid
      from pg_catalog.pg_index i
      where i.indrelid = c.oid and (i.indexprs is not null or i.indpred is not null)
    union all
    select 'pg_catalog.pg_statistic_ext'::pg_catalog.regclass, s.oid from pg_catalog.pg_statistic_ext s
      where s.stxrelid = c.oid and s.stxexprs is not null) x
    join pg_catalog.pg_depend d on d.classid = x.catalog and d.objid = x.oid
    left join pg_catalog.pg_operator o
      on d.refclassid = 'pg_catalog.pg_operator'::pg_catalog.regclass and o.oid = d.refobjid
    join pg_catalog.pg_proc p on p.oid = case
      when d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass then d.refobjid else o.oprcode end
  where p.proowner not in (${trustedRoles})`;

/** A relation that people call a table, or might by mistake. */
export interface LiveRelation extends QualifiedName {
  oid: number;
  schemaOid: number;
  /** pg_class.relkind: r table, p partitioned, v view, m materialized view, f foreign table. */
  kind: 'r' | 'p' | 'v' | 'm' | 'f';
  /** True where the table's access method is heap, so that blocks can be read by ctid. */
  heap: boolean;
  /** Size of the main fork in blocks. */
  blocks: number;
  /** Bytes of the main fork and its TOAST table together. */
  bytes: number;
  /** pg_class.relfilenode as the snapshot sees it. */
  fileNode: number;
  /** The same now; it differs when the table was rewritten or truncated after the snapshot. Null: dropped. */
  fileNodeNow: number | null;
  readable: boolean;
  /**
   * Whether a query may be planned on it. Planning runs immutable functions in its index and statistics expressions
   * with our rights, so only where this role or a superuser owns both table and functions. COPY of a table plans nothing.
   */
  queryable: boolean;
  /** Whether row level security would hide rows from this role. */
  rowSecurityActive: boolean;
  /** The direct parents' oids, by inheritance or partitioning. */
  parents: number[];
  /** A partitioned table whose partitions are chosen by the hash of an enum. */
  hashedByEnum: boolean;
  /** For a member of an extension: the WHERE clause its configuration data is dumped with, if it is such a table. */
  extension: { name: string; condition: string | null } | null;
}

/** Every relation of the database except the system's, and configuration tables of extensions in any schema. One query for any number of tables. */
export async function readRelations(session: Session): Promise<LiveRelation[]> {
  const rows = await session.query<{
    oid: string;
    schema_oid: string;
    schema: string;
    name: string;
    kind: LiveRelation['kind'];
    heap: boolean;
    main_bytes: string | null;
    toast_bytes: string | null;
    block_size: number;
    file_node: string;
    file_node_now: string | null;
    readable: boolean;
    queryable: boolean;
    row_security: boolean | null;
    parents: string[] | null;
    hashed_by_enum: boolean;
    extension: string | null;
    condition: string | null;
  }>(`
    select c.oid::pg_catalog.int8 as oid, n.oid::pg_catalog.int8 as schema_oid, n.nspname as schema, c.relname as name, c.relkind as kind,
      coalesce(am.amname = 'heap', false) as heap,
      case when c.relkind = 'r' then pg_catalog.pg_relation_size(c.oid) end as main_bytes,
      case when c.reltoastrelid <> 0 then pg_catalog.pg_relation_size(c.reltoastrelid) end as toast_bytes,
      pg_catalog.current_setting('block_size')::int as block_size,
      c.relfilenode::pg_catalog.int8 as file_node, pg_catalog.pg_relation_filenode(c.oid)::pg_catalog.int8 as file_node_now,
      coalesce(pg_catalog.has_schema_privilege(n.oid, 'usage')
        and pg_catalog.has_table_privilege(c.oid, 'select'), false) as readable,
      coalesce(c.relkind = 'r' and c.relowner in (${trustedRoles}) and not exists (${foreignExpressions}), false)
        as queryable,
      case when c.relrowsecurity then pg_catalog.row_security_active(c.oid) end as row_security,
      (select pg_catalog.array_agg(i.inhparent::pg_catalog.int8 order by i.inhseqno)::pg_catalog.text[]
        from pg_catalog.pg_inherits i where i.inhrelid = c.oid) as parents,
      coalesce((select p.partstrat = 'h' and exists (select from pg_catalog.pg_opclass o
          join pg_catalog.pg_am oa on oa.oid = o.opcmethod
          where o.oid = any(p.partclass) and o.opcname = 'enum_ops' and oa.amname = 'hash'
            and o.opcnamespace = 'pg_catalog'::pg_catalog.regnamespace)
        from pg_catalog.pg_partitioned_table p where p.partrelid = c.oid), false) as hashed_by_enum,
      e.extname as extension,
      e.extcondition[pg_catalog.array_position(e.extconfig, c.oid)] as condition
    from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      left join pg_catalog.pg_am am on am.oid = c.relam
      left join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e'
        and d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
      left join pg_catalog.pg_extension e on e.oid = d.refobjid
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't'
      -- An extension may keep its configuration anywhere, in pg_catalog too.
      and (${userSchema} or coalesce(c.oid = any(e.extconfig), false))
    order by n.nspname, c.relname`);
  return rows.map((row) => ({
    oid: Number(row.oid),
    schemaOid: Number(row.schema_oid),
    schema: row.schema,
    name: row.name,
    kind: row.kind,
    heap: row.heap,
    blocks: Math.ceil(Number(row.main_bytes ?? 0) / row.block_size),
    bytes: Number(row.main_bytes ?? 0) + Number(row.toast_bytes ?? 0),
    fileNode: Number(row.file_node),
    fileNodeNow: row.file_node_now === null ? null : Number(row.file_node_now),
    readable: row.readable,
    queryable: row.queryable,
    rowSecurityActive: row.row_security ?? false,
    parents: (row.parents ?? []).map(Number),
    hashedByEnum: row.hashed_by_enum,
    extension: row.extension === null ? null : { name: row.extension, condition: row.condition },
  }));
}

/** The columns of the relations with these oids, in attribute order. */
export async function readColumns(
  session: Session,
  oids: readonly number[],
): Promise<Map<number, ManifestColumn[]>> {
  const rows = await session.query<{
    oid: string;
    name: string;
    type: string;
    not_null: boolean;
    identity: string;
    generated: string;
    collation: string | null;
  }>(
    `select a.attrelid::pg_catalog.int8 as oid, a.attname as name, pg_catalog.format_type(a.atttypid, a.atttypmod) as type,
      a.attnotnull as not_null, a.attidentity as identity, a.attgenerated as generated,
      case when a.attcollation <> t.typcollation then
        (select pg_catalog.format('%I.%I', cn.nspname, co.collname) from pg_catalog.pg_collation co
          join pg_catalog.pg_namespace cn on cn.oid = co.collnamespace where co.oid = a.attcollation) end as collation
    from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
    where a.attrelid = any($1::pg_catalog.oid[]) and a.attnum > 0 and not a.attisdropped
    order by a.attrelid, a.attnum`,
    [oids],
  );
  const columns = new Map<number, ManifestColumn[]>();
  for (const oid of oids) columns.set(oid, []);
  for (const row of rows) {
    columns.get(Number(row.oid))?.push({
      name: row.name,
      type: row.type,
      notNull: row.not_null,
      identity: row.identity === 'a' ? 'always' : row.identity === 'd' ? 'by default' : null,
      generated: row.generated === 's' ? 'stored' : row.generated === 'v' ? 'virtual' : null,
      collation: row.collation,
    });
  }
  return columns;
}

export async function readSource(session: Session): Promise<ManifestSource> {
  const num = await session.serverVersionNum();
  // datlocprovider came with 15, the ICU locale's column was renamed in 17, rules came with 16.
  const provider = num >= 150000 ? 'd.datlocprovider' : 'null';
  const locale = num >= 170000 ? 'd.datlocale' : num >= 150000 ? 'd.daticulocale' : 'null';
  const rules = num >= 160000 ? 'd.daticurules' : 'null';
  const [row] = await session.query<Omit<ManifestSource, keyof DatabaseIdentity | 'serverVersionNum'>>(`
    select pg_catalog.current_setting('server_version') as "serverVersion",
      pg_catalog.pg_encoding_to_char(d.encoding) as encoding, d.datcollate as collate, d.datctype as ctype,
      ${provider}::pg_catalog.text as "localeProvider", ${locale}::pg_catalog.text as locale, ${rules}::pg_catalog.text as "icuRules"
    from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`);
  if (!row) throw new Error('the current database is not in pg_database');
  return { ...(await readDatabaseIdentity(session)), serverVersionNum: num, ...row };
}

export async function readExtensions(
  session: Session,
): Promise<{ name: string; version: string; schema: string }[]> {
  return session.query(`
    select e.extname as name, e.extversion as version, n.nspname as schema
    from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace
    where e.extname <> 'plpgsql' order by e.extname`);
}

/** Roles that own or are granted something here, as pg_shdepend has them; the bootstrap role is never in it. */
export async function readRoles(session: Session): Promise<string[]> {
  const rows = await session.query<{ name: string }>(`
    select distinct r.rolname as name
    from pg_catalog.pg_shdepend s join pg_catalog.pg_roles r on r.oid = s.refobjid
    where s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
      and s.dbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
    order by 1`);
  return rows.map((row) => row.name);
}
