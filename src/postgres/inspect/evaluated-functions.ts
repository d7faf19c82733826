import type { Session } from '../wire/session.ts';

/** A function whose body is text that is looked up anew whenever it runs, in the caller's search_path. */
export interface TextFunction {
  /** `public.slugify(text)`. */
  signature: string;
  body: string;
}

/** Such a function, and what calls it while rows are restored. */
export interface EvaluatedFunction extends TextFunction {
  kind: 'CONSTRAINT' | 'COLUMN' | 'INDEX' | 'MATERIALIZED VIEW';
  schema: string;
  /** The table, or the materialized view. */
  relation: string;
  /** Of the constraint, column or index. */
  name: string;
}

/** SQL and PL/pgSQL without a parsed body or a search_path of their own, and not of an extension. */
const textFunction = `l.lanname in ('sql', 'plpgsql') and p.prosqlbody is null
  and not exists (select from pg_catalog.unnest(p.proconfig) c(entry) where c.entry like 'search\\_path=%')
  and not exists (select from pg_catalog.pg_depend e
    where e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and e.objid = p.oid and e.deptype = 'e')`;

const signature = `pg_catalog.format('%s.%s(%s)', pn.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))`;

/** Reads catalogs alone: nothing of the application is run. */
export async function readEvaluatedFunctions(session: Session): Promise<EvaluatedFunction[]> {
  return session.query<EvaluatedFunction & Record<string, unknown>>(
    `select u.kind, n.nspname as schema, c.relname as relation, u.name, ${signature} as signature, p.prosrc as body
    from (
      select 'CONSTRAINT' as kind, k.conrelid as relid, k.conname as name, k.oid, 'pg_catalog.pg_constraint'::pg_catalog.regclass as class,
          0 as part
        from pg_catalog.pg_constraint k where k.contype = 'c' and k.conrelid <> 0
      union all
      select 'COLUMN', a.attrelid, a.attname, d.oid, 'pg_catalog.pg_attrdef'::pg_catalog.regclass, 0
        from pg_catalog.pg_attrdef d join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
        where a.attgenerated = 's'
      union all
      -- Before 15 it is the column itself that depends.
      select 'COLUMN', a.attrelid, a.attname, a.attrelid, 'pg_catalog.pg_class'::pg_catalog.regclass, a.attnum::pg_catalog.int4
        from pg_catalog.pg_attribute a where a.attgenerated = 's'
      union all
      select 'INDEX', i.indrelid, ic.relname, i.indexrelid, 'pg_catalog.pg_class'::pg_catalog.regclass, 0
        from pg_catalog.pg_index i join pg_catalog.pg_class ic on ic.oid = i.indexrelid
      union all
      select 'MATERIALIZED VIEW', m.oid, m.relname, r.oid, 'pg_catalog.pg_rewrite'::pg_catalog.regclass, 0
        from pg_catalog.pg_rewrite r join pg_catalog.pg_class m on m.oid = r.ev_class and m.relkind = 'm'
    ) u
      join pg_catalog.pg_depend f on f.classid = u.class and f.objid = u.oid and f.objsubid = u.part
        and f.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
      join pg_catalog.pg_proc p on p.oid = f.refobjid
      join pg_catalog.pg_namespace pn on pn.oid = p.pronamespace
      join pg_catalog.pg_language l on l.oid = p.prolang
      join pg_catalog.pg_class c on c.oid = u.relid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where ${textFunction}
    order by 1, 2, 3, 4, 5`,
  );
}

/** Of these names those that a search_path decides about: of no function of PostgreSQL itself, but of one elsewhere. */
export async function readNamesElsewhere(
  session: Session,
  names: { functions: readonly string[]; relations: readonly string[] },
): Promise<{ functions: Set<string>; relations: Set<string> }> {
  const outside = (catalog: string, name: string, namespace: string, parameter: string): string =>
    `select distinct o.${name} as name from pg_catalog.${catalog} o
      join pg_catalog.pg_namespace n on n.oid = o.${namespace}
    where o.${name} = any(${parameter}::pg_catalog.text[]) and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
      and not exists (select from pg_catalog.${catalog} s where s.${name} = o.${name}
        and s.${namespace} = 'pg_catalog'::pg_catalog.regnamespace)`;
  const rows = await session.query<{ kind: string; name: string }>(
    `select 'function' as kind, f.name from (${outside('pg_proc', 'proname', 'pronamespace', '$1')}) f
    union all select 'relation', r.name from (${outside('pg_class', 'relname', 'relnamespace', '$2')}) r`,
    [names.functions, names.relations],
  );
  const of = (kind: string): Set<string> =>
    new Set(rows.filter((row) => row.kind === kind).map((row) => row.name));
  return { functions: of('function'), relations: of('relation') };
}

/** The functions of these names, for a look at what those that are called call. */
export async function readTextFunctions(
  session: Session,
  names: readonly string[],
): Promise<(TextFunction & { name: string })[]> {
  return session.query<TextFunction & { name: string } & Record<string, unknown>>(
    `select p.proname as name, ${signature} as signature, p.prosrc as body
    from pg_catalog.pg_proc p
      join pg_catalog.pg_namespace pn on pn.oid = p.pronamespace
      join pg_catalog.pg_language l on l.oid = p.prolang
    where p.proname = any($1::pg_catalog.text[]) and pn.nspname <> 'pg_catalog' and ${textFunction}`,
    [names],
  );
}
