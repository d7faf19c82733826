import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { ManifestSource } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { readDatabaseIdentity } from '../../postgres/database-identity.ts';
import { createDatabase, dropDatabase } from '../../postgres/databases.ts';
import { sqlState } from '../../postgres/failure.ts';
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifiers.ts';
import { Session } from '../../postgres/wire/session.ts';
import { dropAbandonedRoles } from './scratch-roles.ts';
import { dropUnfinished } from '../restore/unfinished-database.ts';

export type ScratchPurpose = 'drill' | 'query';

/** By this, its name, its owner and that nobody is connected, one that was left behind is known. */
const mark = 'Holdfast: scratch database of a drill or a question. It is dropped when that ends, or later.';

export interface ScratchDatabase {
  target: ConnectionTarget;
  /** How it differs from the source, because the server does not have the locale; null if it does not. */
  otherLocale: string | null;
  /** Whether the server has kept it all the time: one that crashed and came back may have lost what was not on its disk. */
  isKept(): Promise<boolean>;
  /** @param reason why, for the message of an error */
  drop(reason: unknown): Promise<void>;
}

export function scratchName(purpose: ScratchPurpose): string {
  return `holdfast_${purpose}_${randomBytes(8).toString('hex')}`;
}

/**
 * Makes an empty database, which is found later should this process be killed.
 * @param ours whether the server is our own, where the database may have another locale than the source
 * @throws DRILL_TARGET_REFUSED when it turns out to be the source; what the server says
 */
export async function createScratch(
  server: ConnectionTarget,
  name: string,
  source: ManifestSource,
  ours: boolean,
): Promise<ScratchDatabase> {
  const otherLocale = await createLike(server, name, source, ours);
  const target = { ...server, database: name };
  let holder: Session | undefined;
  const drop = async (reason: unknown): Promise<void> => {
    await holder?.close().catch(() => {});
    await dropUnfinished(server, name, reason);
  };
  try {
    // While it is connected nobody takes the database for one that was left behind.
    holder = await Session.open(target, { applicationName: 'holdfast drill' });
    await holder.execute(`comment on database ${quoteIdentifier(name)} is ${quoteLiteral(mark)}`);
    const made = await readDatabaseIdentity(holder);
    if (made.systemIdentifier === source.systemIdentifier && made.databaseOid === source.databaseOid) {
      throw new HoldfastError('DRILL_TARGET_REFUSED', `The database ${name} is the source of the backup.`);
    }
  } catch (error) {
    await drop(error);
    throw error;
  }
  const held = holder;
  return {
    target,
    otherLocale,
    isKept: () =>
      held.query('select').then(
        () => true,
        () => false,
      ),
    drop,
  };
}

/** wrong_object_type and invalid_parameter_value: what the server says of a locale that it does not have. */
const unknownLocale = new Set(['42809', '22023', '22000', '0A000']);

async function createLike(
  server: ConnectionTarget,
  name: string,
  source: ManifestSource,
  ours: boolean,
): Promise<string | null> {
  try {
    await createDatabase(server, name, source);
    return null;
  } catch (error) {
    if (!ours || !unknownLocale.has(sqlState(error) ?? '')) throw error;
    const plain = { collate: 'C', ctype: 'C', icuRules: null };
    // C.UTF-8 of the server's own knows all letters, where C knows those of ASCII.
    const like: ManifestSource =
      source.encoding === 'UTF8'
        ? { ...source, ...plain, localeProvider: 'b', locale: 'C.UTF-8' }
        : { ...source, ...plain, localeProvider: 'c', locale: null };
    await createDatabase(server, name, like);
    return `The scratch database sorts as C.UTF-8 does, because the scratch server does not have the locale ${source.locale ?? source.collate} of the source.`;
  }
}

/** Drops the scratch databases of this role that processes left which were killed, with their roles. Never throws. @returns their names */
export async function dropAbandoned(server: ConnectionTarget): Promise<string[]> {
  const dropped: string[] = [];
  try {
    const session = await Session.open(server, { applicationName: 'holdfast drill' });
    let left: { name: string }[];
    try {
      left = await session.query<{ name: string }>(
        `select d.datname as name from pg_catalog.pg_database d
          where d.datname ~ $1 and d.datdba = (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user)
            and pg_catalog.shobj_description(d.oid, 'pg_database') = $2
            and not exists (select from pg_catalog.pg_stat_activity a where a.datid = d.oid)`,
        ['^holdfast_(drill|query)_[0-9a-f]{16}$', mark],
      );
    } finally {
      await session.close();
    }
    for (const { name } of left) {
      await dropDatabase(server, name);
      dropped.push(name);
    }
    await dropAbandonedRoles(server);
  } catch {
    // The drill itself says what is wrong with the server.
  }
  return dropped;
}
