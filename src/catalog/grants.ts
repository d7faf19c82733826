import { quoteIdentifier, quoteName, type QualifiedName } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { ownTableNames } from './own-tables.ts';

/** What a role other than the owner may do with one of our tables or its sequence. */
export interface Grant extends QualifiedName {
  kind: 'table' | 'sequence';
  /** A role; null for everyone. */
  grantee: string | null;
  /** `SELECT`, `INSERT`, …, of the whole or of columns. */
  privileges: string[];
  /** Whether our role can take them away: it owns the table, or may act as its owner. */
  revocable: boolean;
}

/** Privileges on our tables of other roles than their owners: default privileges grant them unasked. */
export function readGrants(connection: Queryable, schema: string): Promise<Grant[]> {
  return connection.query<Grant>(
    `with own as (
       select c.oid, c.relname, c.relkind, c.relowner, c.relacl
         from pg_catalog.pg_class c
        where c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = $1)
          and (c.relkind = 'r' and c.relname = any ($2)
            or c.relkind = 'S' and exists (
              select from pg_catalog.pg_depend d join pg_catalog.pg_class t on t.oid = d.refobjid
               where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid
                 and d.refclassid = d.classid and d.deptype in ('a', 'i')
                 and t.relnamespace = c.relnamespace and t.relname = any ($2)))
     ), acls as (
       select oid, relacl as acl from own
       union all
       select a.attrelid, a.attacl from pg_catalog.pg_attribute a join own on own.oid = a.attrelid
     )
     select $1::pg_catalog.text as schema, own.relname as name,
       case own.relkind when 'S' then 'sequence' else 'table' end as kind,
       case when x.grantee <> 0 then pg_catalog.pg_get_userbyid(x.grantee) end as grantee,
       pg_catalog.array_agg(distinct x.privilege_type order by x.privilege_type) as privileges,
       pg_catalog.pg_has_role(own.relowner, 'USAGE') as revocable
       from own join acls using (oid), pg_catalog.aclexplode(acls.acl) x
      where x.grantee <> own.relowner
      group by own.relname, own.relkind, own.relowner, x.grantee
      order by own.relname, grantee`,
    [schema, ownTableNames],
  );
}

/** Takes away from everybody but the owner what they may do with our tables: these hold the rows of all others. */
export async function revokeGrants(connection: Queryable, schema: string): Promise<void> {
  for (const grant of await readGrants(connection, schema)) {
    // Where a superuser owns them, ours may be among those that were given some.
    if (!grant.revocable) continue;
    await connection.query(
      `revoke all on ${grant.kind} ${quoteName(grant)} from ${granteeSql(grant.grantee)} cascade`,
    );
  }
}

/** What nobody changes, and we only add to. A superuser can all the same; then the hashes in it show it. */
export const auditTable = 'system_backup_audit';
const changing = ['UPDATE', 'DELETE', 'TRUNCATE'];

/** Takes away from the owner of the audit, us, what would change its rows. */
export async function revokeChanges(connection: Queryable, schema: string): Promise<void> {
  const [owned] = await connection.query<{ owner: string }>(
    `select pg_catalog.pg_get_userbyid(c.relowner) as owner
       from pg_catalog.pg_class c,
            pg_catalog.aclexplode(coalesce(c.relacl, pg_catalog.acldefault('r', c.relowner))) x
      where c.relname = $2 and c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = $1)
        and x.grantee = c.relowner and x.privilege_type = any ($3) and pg_catalog.pg_has_role(c.relowner, 'USAGE')`,
    [schema, auditTable, changing],
  );
  if (!owned) return;
  await connection.query(
    `revoke ${changing.join(', ')} on table ${quoteName({ schema, name: auditTable })} from ${quoteIdentifier(owned.owner)}`,
  );
}

/** Gives the owner one of them back, without which servers before 17 do not lock a table for its owner. */
export async function allowLock(connection: Queryable, schema: string): Promise<void> {
  await connection.query(
    `grant truncate on table ${quoteName({ schema, name: auditTable })} to current_user`,
  );
}

const schemaComment = 'Holdfast: its own tables, and nothing else.';

/** A schema for Holdfast alone, without USAGE for other roles. */
export async function createSchema(connection: Queryable, schema: string): Promise<void> {
  const name = quoteIdentifier(schema);
  await connection.query(`create schema ${name}`);
  await connection.query(`comment on schema ${name} is '${schemaComment}'`);
}

/** The same for a schema that was made by `createSchema`; one that existed before may hold objects that others use. */
export async function revokeSchemaGrants(connection: Queryable, schema: string): Promise<void> {
  const rows = await connection.query<{ grantee: string | null }>(
    `select distinct case when x.grantee <> 0 then pg_catalog.pg_get_userbyid(x.grantee) end as grantee
       from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) x
      where n.nspname = $1 and x.grantee <> n.nspowner
        and pg_catalog.pg_get_userbyid(n.nspowner) = current_user
        and pg_catalog.obj_description(n.oid, 'pg_namespace') = $2`,
    [schema, schemaComment],
  );
  for (const { grantee } of rows) {
    await connection.query(
      `revoke all on schema ${quoteIdentifier(schema)} from ${granteeSql(grantee)} cascade`,
    );
  }
}

function granteeSql(grantee: string | null): string {
  return grantee === null ? 'public' : quoteIdentifier(grantee);
}
