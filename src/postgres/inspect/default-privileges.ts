import { quoteIdentifier } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/** Default privileges of this role, for everything or for one schema. */
interface DefaultPrivileges {
  /** pg_default_acl.defaclobjtype. */
  type: 'r' | 'S' | 'f' | 'T' | 'n' | 'L';
  schema: string | null;
  grants: { grantee: string | null; privilege: string; grantable: boolean }[];
}

const objects = { r: 'tables', S: 'sequences', f: 'functions', T: 'types', n: 'schemas', L: 'large objects' };
/** What everybody may do with a new object where nothing else is said. */
const publicByDefault: Partial<Record<DefaultPrivileges['type'], string>> = { f: 'execute', T: 'usage' };

/**
 * Takes the default privileges of this role back that objects would get which it creates in these schemas, and gives
 * them again afterwards. A backup says what differs from PostgreSQL's own defaults, so these must be in force.
 */
export async function suspendDefaultPrivileges(
  session: Session,
  schemas: readonly string[],
): Promise<{ resume(): Promise<void> }> {
  const found = await readDefaultPrivileges(session, schemas);
  const [role] = await session.query<{ name: string }>('select current_user::pg_catalog.text as name');
  const owner = quoteIdentifier(role?.name ?? '');
  const statement = ({ type, schema }: DefaultPrivileges, change: (kind: string) => string): Promise<void> =>
    session.execute(
      `alter default privileges for role ${owner}${schema === null ? '' : ` in schema ${quoteIdentifier(schema)}`} ${change(objects[type])}`,
    );

  for (const privileges of found) {
    const grantees = new Set(privileges.grants.map(({ grantee }) => nameOf(grantee)));
    for (const grantee of grantees) {
      await statement(privileges, (kind) => `revoke all on ${kind} from ${grantee}`);
    }
    if (privileges.schema !== null) continue;
    const forPublic = publicByDefault[privileges.type];
    if (forPublic) await statement(privileges, (kind) => `grant ${forPublic} on ${kind} to public`);
    await statement(privileges, (kind) => `grant all on ${kind} to ${owner}`);
  }
  return {
    async resume() {
      for (const privileges of found) {
        if (privileges.schema === null) {
          await statement(privileges, (kind) => `revoke all on ${kind} from ${owner}, public`);
        }
        for (const { grantee, privilege, grantable } of privileges.grants) {
          const option = grantable ? ' with grant option' : '';
          await statement(
            privileges,
            (kind) => `grant ${privilege} on ${kind} to ${nameOf(grantee)}${option}`,
          );
        }
      }
    },
  };
}

const nameOf = (grantee: string | null): string => (grantee === null ? 'public' : quoteIdentifier(grantee));

async function readDefaultPrivileges(
  session: Session,
  schemas: readonly string[],
): Promise<DefaultPrivileges[]> {
  return session.query<DefaultPrivileges & Record<string, unknown>>(
    `select d.defaclobjtype as type, n.nspname as schema,
       (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('grantee', r.rolname,
            'privilege', a.privilege_type, 'grantable', a.is_grantable) order by a.place), '[]')
          from pg_catalog.aclexplode(d.defaclacl) with ordinality
            a(grantor, grantee, privilege_type, is_grantable, place)
          left join pg_catalog.pg_roles r on r.oid = a.grantee) as grants
     from pg_catalog.pg_default_acl d left join pg_catalog.pg_namespace n on n.oid = d.defaclnamespace
     where d.defaclrole = (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user)
       and (d.defaclnamespace = 0 or n.nspname = any($1::pg_catalog.text[]))
     order by d.defaclobjtype, n.nspname`,
    [schemas],
  );
}
