import { displayName, type QualifiedName } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { migrations, migrationsTable, tableNames } from './migrations.ts';

/*
 * A name proves nothing: an application has a `backup_schedule` of its own, and one who may create tables can put a
 * `system_backups` with a trigger in our way, which would run as our role. Docs: docs/decisions/0016.
 */

/** Every comment of a table of ours begins with it. Only a table's owner and superusers can comment on it. */
const mark = 'Holdfast: ';

export const ownTableNames: readonly string[] = [migrationsTable, ...tableNames];

/** A relation that has the name of one of our tables. */
export interface Namesake extends QualifiedName {
  /** `pg_class.relkind`. */
  kind: string;
  persistence: string;
  owner: string;
  role: string;
  /** Whether it belongs to our role, or to one that may do everything anyway. */
  ownerTrusted: boolean;
  comment: string | null;
  /** `name type`. */
  columns: string[];
  /** Of what hangs on it, and what none of ours has; in words. */
  attached: string[];
}

const kindWords: Readonly<Record<string, string>> = {
  c: 'is a type',
  f: 'is a foreign table',
  i: 'is an index',
  I: 'is an index',
  m: 'is a materialized view',
  p: 'is a partitioned table',
  S: 'is a sequence',
  v: 'is a view',
};

/**
 * What has the name of one of our tables, in one schema or, without it, in all. Reads nothing but the catalog, so it runs
 * nothing that other roles put there.
 */
export function readNamesakes(connection: Queryable, schema: string | null): Promise<Namesake[]> {
  return connection.query<Namesake>(
    // No index leads to the foreign keys that refer to a table: all are looked through once, and not for each namesake.
    `with named as materialized (
       select c.oid from pg_catalog.pg_class c where c.relname = any ($1)
     ), foreign_key as materialized (
       select k.conname, k.conrelid, k.confrelid from pg_catalog.pg_constraint k
        where k.contype = 'f' and (k.conrelid in (select oid from named) or k.confrelid in (select oid from named))
     )
     select n.nspname as schema, c.relname as name, c.relkind as kind, c.relpersistence as persistence,
       o.rolname as owner, current_user::pg_catalog.text as role,
       o.rolname = current_user or o.rolsuper as "ownerTrusted",
       pg_catalog.obj_description(c.oid, 'pg_class') as comment,
       array(select pg_catalog.format('%s %s%s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
                    case when a.attgenerated <> '' then ' generated' end)
               from pg_catalog.pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns,
       array(
         select pg_catalog.format('has the trigger "%s"', coalesce(k.conname, t.tgname))
           from pg_catalog.pg_trigger t left join pg_catalog.pg_constraint k on k.oid = t.tgconstraint
          where t.tgrelid = c.oid and k.contype is distinct from 'f'
         union all
         select pg_catalog.format('has the foreign key "%s" of %s', k.conname, k.conrelid::pg_catalog.regclass)
           from foreign_key k where c.oid in (k.conrelid, k.confrelid)
         union all
         select pg_catalog.format('has the rule "%s"', r.rulename)
           from pg_catalog.pg_rewrite r where r.ev_class = c.oid
         union all
         select pg_catalog.format('has the policy "%s"', p.polname)
           from pg_catalog.pg_policy p where p.polrelid = c.oid
         union all
         select 'has row level security' where c.relrowsecurity or c.relforcerowsecurity
         union all
         select pg_catalog.format('inherits from %s', i.inhparent::pg_catalog.regclass)
           from pg_catalog.pg_inherits i where i.inhrelid = c.oid
         union all
         select pg_catalog.format('has the child %s', i.inhrelid::pg_catalog.regclass)
           from pg_catalog.pg_inherits i where i.inhparent = c.oid
         union all
         -- What comes with the server has no rows here, so these are added functions, operators and types.
         select pg_catalog.format('uses the %s', pg_catalog.pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid))
           from (select 'pg_catalog.pg_class'::pg_catalog.regclass as classid, c.oid as objid
                 union all
                 select 'pg_catalog.pg_class'::pg_catalog.regclass, x.indexrelid
                   from pg_catalog.pg_index x where x.indrelid = c.oid
                 union all
                 select 'pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid
                   from pg_catalog.pg_constraint k where k.conrelid = c.oid
                 union all
                 select 'pg_catalog.pg_attrdef'::pg_catalog.regclass, f.oid
                   from pg_catalog.pg_attrdef f where f.adrelid = c.oid) part
           join pg_catalog.pg_depend d on d.classid = part.classid and d.objid = part.objid
          where d.refclassid <> all (array['pg_catalog.pg_class', 'pg_catalog.pg_namespace',
                  'pg_catalog.pg_constraint']::pg_catalog.regclass[]::pg_catalog.oid[])
       ) as attached
     from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     join pg_catalog.pg_roles o on o.oid = c.relowner
     where c.relname = any ($1) and ($2::pg_catalog.text is null or n.nspname = $2)
       and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
     order by n.nspname, c.relname`,
    [ownTableNames, schema],
  );
}

/** What keeps a relation from being a table of ours; nothing when it is one, of this version or an earlier one. */
export function problemsOf(namesake: Namesake): string[] {
  const { kind, persistence, owner, role, ownerTrusted, attached } = namesake;
  const kindProblem = kind === 'r' ? undefined : (kindWords[kind] ?? `is of kind "${kind}"`);
  return [
    ...(kindProblem ? [kindProblem] : []),
    ...(persistence === 'p' || kindProblem ? [] : ['is not kept after a crash: it is unlogged or temporary']),
    ...(ownerTrusted ? [] : [`belongs to the role "${owner}", and Holdfast connects as "${role}"`]),
    ...(kindProblem ? [] : [...columnProblems(namesake), ...attached]),
  ];
}

/** Whether it has the form and the mark of a table of ours, with any owner. */
export function hasOurForm(namesake: Namesake): boolean {
  return namesake.kind === 'r' && isMarked(namesake) && columnProblems(namesake).length === 0;
}

export function isMarked({ comment }: Namesake): boolean {
  return comment?.startsWith(mark) === true;
}

/** Whether it has the columns of this version, and not those of an earlier one. */
export function isUpToDate({ name, columns }: Namesake): boolean {
  const present = new Set(columns);
  return columnsOf(name).every((column) => present.has(column));
}

function columnProblems({ name, columns }: Namesake): string[] {
  const known = new Set(columnsOf(name));
  const present = new Set(columns);
  const foreign = columns.filter((column) => !known.has(column));
  if (foreign.length > 0) {
    return foreign.map((column) => `has the column "${column}", which Holdfast did not give it`);
  }
  return firstColumnsOf(name)
    .filter((column) => !present.has(column))
    .map((column) => `lacks the column "${column}"`);
}

const migrationsColumns = ['version integer', 'name text', 'applied_at timestamp with time zone'];

/** All columns of a table of ours. */
export function columnsOf(name: string): readonly string[] {
  if (name === migrationsTable) return migrationsColumns;
  return migrations.flatMap(({ columns }) => columns[name] ?? []);
}

/** Those that it was made with. */
function firstColumnsOf(name: string): readonly string[] {
  if (name === migrationsTable) return migrationsColumns;
  return migrations.find(({ columns }) => columns[name])?.columns[name] ?? [];
}

/** `public.backup_schedule has the trigger "x"` */
export function describeProblems(namesakes: readonly Namesake[]): string[] {
  return namesakes.flatMap((namesake) =>
    problemsOf(namesake).map((problem) => `${displayName(namesake)} ${problem}`),
  );
}
