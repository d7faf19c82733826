import type { Session } from '../wire/session.ts';

/** What of a server decides what of other globals can be made there. */
export interface ServerFacts {
  num: number;
  /** Every role, the server's own too. */
  roles: Set<string>;
  databases: Set<string>;
  /** Settings that every role may make for itself, at any time or when it connects. */
  harmlessSettings: Set<string>;
  /** The role of the connection. */
  user: string;
  isSuperuser: boolean;
}

export async function readServerFacts(session: Session): Promise<ServerFacts> {
  const [row] = await session.query<{
    roles: string[];
    databases: string[];
    settings: string[];
    user: string;
    isSuperuser: boolean;
  }>(
    `select array(select rolname::pg_catalog.text from pg_catalog.pg_roles) as roles,
       array(select datname::pg_catalog.text from pg_catalog.pg_database) as databases,
       array(select name from pg_catalog.pg_settings where context in ('user', 'backend')) as settings,
       session_user::pg_catalog.text as user,
       (select rolsuper from pg_catalog.pg_roles where rolname = session_user) as "isSuperuser"`,
  );
  const { roles, databases, settings, user, isSuperuser } = row!;
  return {
    num: await session.serverVersionNum(),
    roles: new Set(roles),
    databases: new Set(databases),
    harmlessSettings: new Set(settings),
    user,
    isSuperuser,
  };
}

/** Nobody makes or changes a role until the transaction ends. Only for a superuser; another role has to do without. */
export const lockRolesStatement =
  'lock table pg_catalog.pg_authid, pg_catalog.pg_auth_members, pg_catalog.pg_db_role_setting in share row exclusive mode';

/** Statements with passwords are in no log of the server. Only for a superuser. */
export const unloggedStatement = `select pg_catalog.set_config('log_statement', 'none', true),
  pg_catalog.set_config('log_min_duration_statement', '-1', true), pg_catalog.set_config('log_min_error_statement', 'panic', true)`;
