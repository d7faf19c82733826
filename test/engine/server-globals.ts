import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type pg from 'pg';
import { backupGlobals } from '../../src/engine/backup/globals.ts';
import { readManifest } from '../../src/engine/read/manifest.ts';
import type { BackupRequest } from '../../src/engine/requests.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import type { Store } from '../../src/store/store.ts';
import type { PrivateServer } from '../support/servers.ts';

/** Roles and tablespaces as a server of fifteen years has them, and ways to compare two servers. */

export async function takeGlobals(
  source: ConnectionTarget,
  store: Store,
  request: Partial<BackupRequest> = {},
): Promise<Manifest> {
  const { manifest } = await backupGlobals(
    source,
    store,
    {
      uuid: randomUUID(),
      type: 'globals',
      tables: [],
      jobs: 1,
      compressionLevel: 1,
      lockTimeoutMs: 5_000,
      own: { tables: [], schemas: [] },
      ...request,
    },
    { signal: new AbortController().signal, report: () => {} },
  );
  return readManifest(store, await store.getManifest(manifest.uuid), manifest.uuid);
}

/** An empty directory that the server may write to. */
export async function directoryOf({ server }: PrivateServer, name: string): Promise<string> {
  const { uid, gid } = await fs.stat(server.dataDirectory);
  const directory = path.join(path.dirname(server.dataDirectory), name);
  await fs.mkdir(directory);
  await fs.chown(directory, uid, gid);
  return directory;
}

export const everything = (major: number, location: string): string => `
create role "Group ""A""" nologin;
create role reader;
create role "o'brien\\x" login password 'geheim' valid until '2031-05-06 07:08:09.25+02' connection limit 3;
create role chief superuser createdb createrole login replication bypassrls noinherit password 'chef';
create role forever login valid until 'infinity';
create role noone with noinherit;
comment on role reader is 'liest ''alles'' \\ mit
zwei Zeilen; -- kein Kommentar';
comment on role postgres is 'the first one';
alter role reader set search_path = "My Schema", public, "a,b";
alter role reader set work_mem = '8MB';
alter role "o'brien\\x" set application_name = 'it''s \\me';
alter role reader set "app.tenant" = '7';
alter role chief set session_preload_libraries = '';
alter role postgres set log_min_duration_statement = 1000;
alter role all set statement_timeout = '5min';
alter role reader in database postgres set work_mem = '9MB';
grant "Group ""A""" to chief with admin option;
grant "Group ""A""" to "o'brien\\x";
grant reader to "Group ""A""";
grant pg_monitor to reader;
grant pg_read_all_data to "o'brien\\x" with admin option;
${
  major >= 16
    ? `grant reader to noone with inherit false, set false;
grant reader to forever with admin true, inherit true, set false;
set session authorization chief; grant "Group ""A""" to forever; reset session authorization;
grant reader to noone with admin option granted by postgres;
set role forever; grant reader to noone with set true, inherit true granted by forever; reset role;`
    : `set role chief; grant "Group ""A""" to forever with admin option; reset role;`
}
${
  major >= 15
    ? `grant set on parameter log_min_duration_statement to reader with grant option;
grant alter system on parameter work_mem to "o'brien\\x";
grant set, alter system on parameter "app.thing" to public;
set session authorization reader; grant set on parameter log_min_duration_statement to noone; reset session authorization;
revoke set on parameter work_mem from postgres;`
    : ''
}
create tablespace inside owner reader location '';
alter tablespace inside set (seq_page_cost = 1.5, random_page_cost = 2);
comment on tablespace inside is 'a ''place''';
grant create on tablespace inside to noone with grant option;
set session authorization noone; grant create on tablespace inside to public; reset session authorization;
create tablespace "On Disk" owner chief location '${location}';
revoke create on tablespace "On Disk" from chief;
`;

/** The globals as the catalogs have them, passwords included, in a form that no code of ours has made. */
export async function catalogsOf(client: pg.Client, major: number): Promise<Record<string, unknown>> {
  const all = async (sql: string): Promise<unknown[]> => (await client.query(sql)).rows;
  const name = (oid: string): string => `(select rolname from pg_authid where oid = ${oid})`;
  const options = major >= 16 ? `, inherit_option, set_option, ${name('grantor')} as grantor` : '';
  return {
    roles: await all(
      `select rolname, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit,
         rolpassword, rolvaliduntil::text, shobj_description(oid, 'pg_authid') as comment
       from pg_authid where rolname !~ '^pg_' order by 1`,
    ),
    settings: await all(
      `select ${name('setrole')} as role, setconfig from pg_db_role_setting where setdatabase = 0 order by 1`,
    ),
    memberships: await all(
      `select ${name('roleid')} as role, ${name('member')} as member, admin_option${options}
       from pg_auth_members where ${name('member')} !~ '^pg_' order by 1, 2, grantor`,
    ),
    parameters:
      major >= 15 ? await all('select parname, paracl::text[] from pg_parameter_acl order by 1') : [],
    tablespaces: await all(
      `select spcname, ${name('spcowner')} as owner, spcacl::text[], spcoptions, shobj_description(oid, 'pg_tablespace') as comment,
         case when pg_tablespace_location(oid) ~ '^/' then pg_tablespace_location(oid) end as location
       from pg_tablespace where spcname !~ '^pg_' order by 1`,
    ),
  };
}

/** What `pg_dumpall --globals-only` writes; undefined where there is none on PATH that reads this server. */
export async function dumpedGlobals(
  { host, port, user, password }: ConnectionTarget,
  major: number,
): Promise<string | undefined> {
  const run = promisify(execFile);
  const version = await run('pg_dumpall', ['--version']).catch(() => undefined);
  const known = Number(/\(PostgreSQL\) (\d+)/.exec(version?.stdout ?? '')?.[1] ?? 0);
  if (known < major) return undefined;
  const args = [
    '--globals-only',
    '--no-role-passwords',
    '-h',
    String(host),
    '-p',
    String(port),
    '-U',
    String(user),
  ];
  const env = { ...process.env, PGPASSWORD: String(password) };
  const { stdout } = await run('pg_dumpall', args, { env });
  const dumped = stdout.replaceAll(/^\\(un)?restrict .*$/gm, '').replaceAll(/^-- Dumped .*$/gm, '');
  // Before 16 the grantor of a membership may be any role, also one that is gone: pg_dumpall writes none since 16, and neither do we.
  return major >= 16 ? dumped : dumped.replaceAll(/^(GRANT .*) GRANTED BY (?:"[^"]*"|\w+);$/gm, '$1;');
}
