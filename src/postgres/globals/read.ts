/*
 * globals/ owns what belongs to a server and to none of its databases: reading it, and the statements that make it again. It never
 * runs a statement.
 */
import type {
  GlobalMembership,
  GlobalParameter,
  GlobalRole,
  GlobalSetting,
  GlobalTablespace,
  ServerGlobals,
} from '../../format/globals.ts';
import { isSecretName } from '../inspect/evaluation-settings.ts';
import type { Session } from '../wire/session.ts';

export interface ReadGlobals {
  globals: ServerGlobals;
  /** Settings whose names say that their values are secrets, which are left out as passwords are. */
  secrets: { role: string | null; name: string }[];
}

/** Whether this role may read the passwords of roles, as the server keeps them. */
export async function mayReadPasswords(session: Session): Promise<boolean> {
  const [row] = await session.query<{ may: boolean }>(
    `select pg_catalog.has_table_privilege('pg_catalog.pg_authid', 'select') as may`,
  );
  return row!.may;
}

/**
 * All that `pg_dumpall --globals-only` reads, and what is set for all roles or for a role in one database. What begins with `pg_` is the
 * server's own; memberships in such roles and of such roles are read.
 * @param options.withSecrets whether settings are read that are secrets by their names. Default: with passwords
 * @param passwords with other than `none` this role must be one that `mayReadPasswords`
 */
export async function readGlobals(
  session: Session,
  passwords: ServerGlobals['passwords'],
  { withSecrets = passwords !== 'none' }: { withSecrets?: boolean } = {},
): Promise<ReadGlobals> {
  const num = await session.serverVersionNum();
  const settings = await readSettings(session);
  const isKept = ({ name }: GlobalSetting): boolean => withSecrets || !isSecretName(name);
  return {
    globals: {
      passwords,
      roles: await readRoles(session, passwords !== 'none'),
      memberships: await readMemberships(session, num),
      settings: settings.filter(isKept),
      parameters: num >= 150000 ? await readParameters(session) : [],
      tablespaces: await readTablespaces(session),
    },
    secrets: settings.filter((each) => !isKept(each)).map(({ role, name }) => ({ role, name })),
  };
}

function labelsOf(catalog: string, oid: string): string {
  return `(select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('provider', l.provider, 'label', l.label)
       order by l.provider), '[]')
     from pg_catalog.pg_shseclabel l
     where l.classoid = 'pg_catalog.${catalog}'::pg_catalog.regclass and l.objoid = ${oid}) as "securityLabels"`;
}

/** An access control list, in its order. */
function privilegesOf(acl: string): string {
  return `(select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('grantee', g.rolname,
        'grantor', pg_catalog.pg_get_userbyid(a.grantor), 'privilege', a.privilege_type, 'grantable', a.is_grantable)
        order by a.place), '[]')
     from pg_catalog.aclexplode(${acl}) with ordinality
       a(grantor, grantee, privilege_type, is_grantable, place) left join pg_catalog.pg_roles g on g.oid = a.grantee)`;
}

function readRoles(session: Session, withPasswords: boolean): Promise<GlobalRole[]> {
  // pg_roles, which everybody may read, hides the passwords and nothing else.
  const from = withPasswords ? 'pg_catalog.pg_authid' : 'pg_catalog.pg_roles';
  return session.query<GlobalRole>(
    `select r.rolname as name, r.oid = 10 as bootstrap, r.rolsuper as superuser, r.rolinherit as inherit,
       r.rolcreaterole as "createRole", r.rolcreatedb as "createDb", r.rolcanlogin as "canLogin",
       r.rolreplication as replication, r.rolbypassrls as "bypassRls", r.rolconnlimit as "connectionLimit",
       ${withPasswords ? 'r.rolpassword as password,' : ''}
       r.rolvaliduntil::pg_catalog.text as "validUntil",
       pg_catalog.shobj_description(r.oid, 'pg_authid') as comment, ${labelsOf('pg_authid', 'r.oid')}
     from ${from} r where r.rolname !~ '^pg_' order by r.rolname`,
  );
}

function readMemberships(session: Session, num: number): Promise<GlobalMembership[]> {
  // Before 16 the grantor may be any role, also one that is gone, and there is one membership for each pair.
  const since16 = num >= 160000;
  return session.query<GlobalMembership>(
    `select r.rolname as role, m.rolname as member,
       ${since16 ? 'case when a.grantor <> 10 then g.rolname end' : 'null::pg_catalog.text'} as grantor, a.admin_option as admin,
       ${since16 ? 'a.inherit_option' : 'null::pg_catalog.bool'} as inherit,
       ${since16 ? 'a.set_option' : 'null::pg_catalog.bool'} as set
     from pg_catalog.pg_auth_members a
       join pg_catalog.pg_roles r on r.oid = a.roleid
       join pg_catalog.pg_roles m on m.oid = a.member
       left join pg_catalog.pg_roles g on g.oid = a.grantor
     where not (r.rolname ~ '^pg_' and m.rolname ~ '^pg_')
     order by r.rolname, m.rolname, g.rolname`,
  );
}

async function readSettings(session: Session): Promise<GlobalSetting[]> {
  const rows = await session.query<Pick<GlobalSetting, 'role' | 'database'> & { entry: string }>(
    `select r.rolname as role, d.datname as database, c.entry
     from pg_catalog.pg_db_role_setting s
       left join pg_catalog.pg_roles r on r.oid = s.setrole
       left join pg_catalog.pg_database d on d.oid = s.setdatabase
       cross join pg_catalog.unnest(s.setconfig) with ordinality c(entry, place)
     where (s.setrole = 0 and s.setdatabase = 0 or r.oid is not null) and (s.setdatabase = 0 or d.oid is not null)
     order by r.rolname nulls first, d.datname nulls first, c.place`,
  );
  return rows.map(({ entry, ...of }) => {
    const at = entry.indexOf('=');
    return { ...of, name: entry.slice(0, at), value: entry.slice(at + 1) };
  });
}

function readParameters(session: Session): Promise<GlobalParameter[]> {
  return session.query<GlobalParameter>(
    `select p.parname as name, pg_catalog.pg_get_userbyid(10) as owner, ${privilegesOf('p.paracl')} as privileges
     from pg_catalog.pg_parameter_acl p order by p.parname`,
  );
}

async function readTablespaces(session: Session): Promise<GlobalTablespace[]> {
  const rows = await session.query<Omit<GlobalTablespace, 'options'> & { options: string[] | null }>(
    `select t.spcname as name, pg_catalog.pg_get_userbyid(t.spcowner) as owner,
       pg_catalog.pg_tablespace_location(t.oid) as location, t.spcoptions as options,
       case when t.spcacl is not null then ${privilegesOf('t.spcacl')} end as privileges,
       pg_catalog.shobj_description(t.oid, 'pg_tablespace') as comment, ${labelsOf('pg_tablespace', 't.oid')}
     from pg_catalog.pg_tablespace t where t.spcname !~ '^pg_' order by t.oid`,
  );
  return rows.map(({ options, location, ...rest }) => ({
    ...rest,
    location: /^(?:[/\\]|[A-Za-z]:)/.test(location) ? location : '',
    options: (options ?? []).map((option) => {
      const at = option.indexOf('=');
      return { name: option.slice(0, at), value: option.slice(at + 1) };
    }),
  }));
}
