import type { SchemaEntry } from '../../format/manifest.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';

/** CREATE on schemas, granted while objects are given to their owners. */
export interface LentPrivileges {
  /** Before the grants of the backup, which may be the same. */
  takeBack(): Promise<void>;
}

/**
 * ALTER … OWNER TO wants the new owner to have CREATE on the schema, unless a superuser runs it (PostgreSQL: ALTER TABLE,
 * Notes). An owner may have lost that since, or never had it: since PostgreSQL 15 nobody has it on schema public but the
 * owner of the database. So it is granted to those who lack it, and taken back. The schemas must exist.
 */
export async function lendCreate(session: Session, entries: readonly SchemaEntry[]): Promise<LentPrivileges> {
  const wanted = new Map<string, [string, string]>();
  for (const { schema, owner, ownerSql } of entries) {
    if (schema !== null && owner !== null && ownerSql !== '') {
      wanted.set(JSON.stringify([schema, owner]), [schema, owner]);
    }
  }
  const pairs = [...wanted.values()];
  const lacking = await session.query<{ schema: string; role: string }>(
    `select n.nspname as schema, r.rolname as role
       from rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) w(schema, role)
         join pg_catalog.pg_namespace n on n.nspname = w.schema
         join pg_catalog.pg_roles r on r.rolname = w.role
      where not pg_catalog.has_schema_privilege(r.oid, n.oid, 'CREATE')
        and not (select s.rolsuper from pg_catalog.pg_roles s where s.rolname = current_user)`,
    [pairs.map(([schema]) => schema), pairs.map(([, role]) => role)],
  );
  const each = (verb: (privilege: string, role: string) => string): string =>
    lacking
      .map(({ schema, role }) => verb(`create on schema ${quoteIdentifier(schema)}`, quoteIdentifier(role)))
      .join('; ');
  if (lacking.length > 0) await session.execute(each((privilege, role) => `grant ${privilege} to ${role}`));
  return {
    async takeBack() {
      if (lacking.length === 0) return;
      await session.execute(each((privilege, role) => `revoke ${privilege} from ${role}`));
    },
  };
}

/** privilege_not_revoked, privilege_not_granted: GRANT and REVOKE that changed nothing are warnings to the server. */
const withoutEffect = new Set(['01006', '01007']);

/** What the server says of grants that this role may not make, from now on; each once. */
export function watchGrants({ client }: Session): Set<string> {
  const refused = new Set<string>();
  client.on('notice', ({ code, message }) => {
    if (code !== undefined && withoutEffect.has(code)) refused.add(`Privileges: ${message ?? code}`);
  });
  return refused;
}

/** Schemas first: what is in them is given to its owners by the privileges lent on them. */
export function schemasFirst(entries: readonly SchemaEntry[]): [SchemaEntry[], SchemaEntry[]] {
  const schemas = entries.filter(({ kind }) => kind === 'SCHEMA');
  return [schemas, entries.filter(({ kind }) => kind !== 'SCHEMA')];
}
