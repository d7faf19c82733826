import { HoldfastError } from '../base/errors.ts';
import { restoreTarget, type RestoreTarget } from '../contract/restore-target.ts';
import type { PlanInput } from '../engine/plan/input.ts';
import { readDatabaseIdentity, type DatabaseIdentity } from '../postgres/database-identity.ts';
import { firstDatabase, serverAddress, type ServerAddress } from '../postgres/server-address.ts';
import { Session } from '../postgres/wire/session.ts';
import type { RunContext } from './context.ts';
import { keyLost } from './run-keys.ts';

interface Targeted {
  target: RestoreTarget;
  /** The address of another server. */
  targetUrl?: string | undefined;
}

/** The order with the target that its address names, as the row shows it. @throws INVALID_REQUEST */
export function withServer<Order extends Targeted>(order: Order): Order {
  if (order.targetUrl === undefined) return order;
  const { database, server } = addressOf(order.targetUrl);
  const target = restoreTarget.safeParse({ mode: 'new-database', database, server });
  if (!target.success) throw notAnAddress();
  return { ...order, target: target.data };
}

/** Whether a restore goes onto another server than that of the catalog. */
export function isElsewhere({ target }: Pick<Targeted, 'target'>): boolean {
  return target.mode === 'new-database' && target.server !== undefined;
}

/** What earlier restores onto the same server may have left there. */
export async function leftOn(
  { catalog }: Pick<RunContext, 'catalog'>,
  { target }: Pick<Targeted, 'target'>,
): Promise<string[]> {
  const server = target.mode === 'new-database' ? target.server : undefined;
  const left = await catalog.restores.leftElsewhere();
  return left.filter((each) => each.server === server).map(({ database }) => database);
}

/** Where the database of a restore is made, or replaced. @throws DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION */
export async function restoredServer(
  { databases }: Pick<RunContext, 'databases'>,
  order: Targeted,
): Promise<Pick<PlanInput, 'live' | 'installation'>> {
  if (!isElsewhere(order)) return { live: databases.live };
  // Never onto our own server instead.
  if (order.targetUrl === undefined) throw keyLost('The address of the server is no longer known.');
  const { target } = addressOf(order.targetUrl);
  return { installation: await installationOf(databases), live: await firstDatabase(target) };
}

/** Undefined where it does not answer and is not needed: a database that is gone is not the one that the address names. */
async function installationOf({
  live,
  apart,
}: RunContext['databases']): Promise<DatabaseIdentity | undefined> {
  let session: Session;
  try {
    session = await Session.open(live, { applicationName: 'holdfast plan' });
  } catch (error) {
    if (apart && error instanceof HoldfastError && error.code === 'DATABASE_UNREACHABLE') return undefined;
    throw error;
  }
  try {
    return await readDatabaseIdentity(session);
  } finally {
    await session.close();
  }
}

/** What is in the environment of this process is not for a server that a caller names. */
export function addressOf(url: string): ServerAddress {
  const address = serverAddress(url, { strict: true });
  if (!address) throw notAnAddress();
  return address;
}

/** Says nothing of what was given: any of it may be a password. */
function notAnAddress(): HoldfastError {
  return new HoldfastError(
    'INVALID_REQUEST',
    'targetUrl must be postgres://user:password@host:5432/name, with a user, a host and the name of a database; in a password, @ : / ? # are written as %40 %3A %2F %3F %23.',
    { details: { issues: [{ path: 'targetUrl', message: 'is not the address of a database' }] } },
  );
}
