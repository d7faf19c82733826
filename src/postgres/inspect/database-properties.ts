import type { ManifestDatabase } from '../../format/manifest.ts';
import { isSecretName } from './evaluation-settings.ts';
import { unquoted } from '../../base/quoted-name.ts';
import { quoteIdentifier, quoteLiteral } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

export interface DatabaseProperties {
  properties: ManifestDatabase;
  /** Settings whose names say that their values are secrets, which a manifest does not hold. */
  secrets: string[];
}

/** What belongs to the current database itself: what pg_dump writes with --create, beside encoding and locale. */
export async function readDatabaseProperties(session: Session): Promise<DatabaseProperties> {
  const [row] = await session.query<
    Omit<ManifestDatabase, 'settings'> & { settings: [string | null, string[]][] }
  >(
    `select pg_catalog.pg_get_userbyid(d.datdba) as owner, d.datconnlimit as "connectionLimit",
       d.datistemplate as "isTemplate", pg_catalog.shobj_description(d.oid, 'pg_database') as comment,
       (select t.spcname from pg_catalog.pg_tablespace t where t.oid = d.dattablespace and t.spcname <> 'pg_default')
         as tablespace,
       case when d.datacl is not null then
         (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('grantee', g.rolname,
             'privilege', a.privilege_type, 'grantable', a.is_grantable)
             order by g.rolname, a.privilege_type), '[]')
           from pg_catalog.aclexplode(d.datacl) a left join pg_catalog.pg_roles g on g.oid = a.grantee) end as privileges,
       (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_object('provider', l.provider, 'label', l.label)
           order by l.provider), '[]')
         from pg_catalog.pg_shseclabel l
         where l.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass and l.objoid = d.oid) as "securityLabels",
       (select coalesce(pg_catalog.json_agg(pg_catalog.json_build_array(r.rolname, s.setconfig) order by r.rolname), '[]')
         from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_roles r on r.oid = s.setrole
         where s.setdatabase = d.oid and (s.setrole = 0 or r.oid is not null)) as settings
     from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`,
  );
  if (!row) throw new Error('the current database is not in pg_database');
  const settings = row.settings.flatMap(([role, entries]) =>
    entries.map((entry) => {
      const at = entry.indexOf('=');
      return { role, name: entry.slice(0, at), value: entry.slice(at + 1) };
    }),
  );
  return {
    properties: { ...row, settings: settings.filter(({ name }) => !isSecretName(name)) },
    secrets: [...new Set(settings.map(({ name }) => name).filter(isSecretName))],
  };
}

/** One property as a statement. */
export interface DatabaseStatement {
  /** For people: `comment`, `setting work_mem of role app`. */
  what: string;
  /** Roles it names. */
  roles: string[];
  /** The setting it sets. */
  setting: string | null;
  sql: string;
}

/** Settings whose value is a list of identifiers. PostgreSQL: GUC_LIST_QUOTE, as pg_dump's variable_is_guc_list_quote(). */
const listSettings = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

/** Statements that give these properties to a new database of that name. */
export function databaseStatements(database: string, properties: ManifestDatabase): DatabaseStatement[] {
  const named = quoteIdentifier(database);
  const plain = (what: string, sql: string, roles: string[] = []): DatabaseStatement => ({
    what,
    roles,
    setting: null,
    sql,
  });
  const { owner, comment, connectionLimit, isTemplate, privileges, securityLabels, settings } = properties;
  const granted = (privileges ?? []).map(({ grantee, privilege, grantable }) =>
    plain(
      `privilege ${privilege} of ${grantee ?? 'PUBLIC'}`,
      `grant ${privilege} on database ${named} to ${grantee === null ? 'public' : quoteIdentifier(grantee)}${grantable ? ' with grant option' : ''}`,
      grantee === null ? [] : [grantee],
    ),
  );
  return [
    ...(comment === null
      ? []
      : [plain('comment', `comment on database ${named} is ${quoteLiteral(comment)}`)]),
    ...securityLabels.map(({ provider, label }) =>
      plain(
        `security label of ${provider}`,
        `security label for ${quoteIdentifier(provider)} on database ${named} is ${quoteLiteral(label)}`,
      ),
    ),
    ...(connectionLimit === -1
      ? []
      : [plain('connection limit', `alter database ${named} connection limit ${connectionLimit}`)]),
    ...(isTemplate ? [plain('template mark', `alter database ${named} is_template true`)] : []),
    ...settings.map(({ role, name, value }) => ({
      what: role === null ? `setting ${name}` : `setting ${name} of role ${role}`,
      roles: role === null ? [] : [role],
      setting: name,
      sql: `${settingHolder(named, role)} set ${quoteIdentifier(name)} to ${settingValue(name, value)}`,
    })),
    ...(privileges === null
      ? []
      : [plain('privileges of PUBLIC', `revoke all on database ${named} from public`), ...granted]),
    // Afterwards this role may have no more say.
    plain('owner', `alter database ${named} owner to ${quoteIdentifier(owner)}`, [owner]),
  ];
}

function settingHolder(database: string, role: string | null): string {
  return role === null
    ? `alter database ${database}`
    : `alter role ${quoteIdentifier(role)} in database ${database}`;
}

/** A value as pg_db_role_setting has it, for SET. */
export function settingValue(name: string, value: string): string {
  if (!listSettings.has(name.toLowerCase())) return quoteLiteral(value);
  const elements = value.match(/"(?:[^"]|"")*"|[^,\s"]+/g) ?? [];
  if (elements.length === 0) return quoteLiteral('');
  return elements.map(unquoted).map(quoteLiteral).join(', ');
}
