import { HoldfastError } from '../../base/errors.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { readDatabaseIdentity, type DatabaseIdentity } from '../../postgres/database-identity.ts';
import { Session } from '../../postgres/wire/session.ts';
import type { Refusal } from './refusals.ts';

/**
 * Why a restore onto another server may not take the name of a database that is there; undefined where it is empty and may be
 * replaced.
 * @param live the database of this installation, which no restore onto another server replaces
 */
export async function whyNotReplaced(
  database: ConnectionTarget,
  live: DatabaseIdentity | undefined,
): Promise<Refusal | undefined> {
  const { database: name } = database;
  let session: Session;
  try {
    session = await Session.open(database, { applicationName: 'holdfast plan' });
  } catch (error) {
    const { message } = error as Error;
    return taken(`The database "${name}" exists, and it cannot be seen whether it is empty: ${message}`);
  }
  try {
    const found = await readDatabaseIdentity(session);
    if (live && isSame(found, live)) {
      return {
        ...taken(`The address names "${name}", the live database of this installation.`),
        hint: 'To restore into it, leave the address away: that is a restore in place, with a safety backup first.',
      };
    }
    const what = await firstObject(session);
    if (what === null) return undefined;
    return taken(`The database "${name}" exists and is not empty: it has ${what}.`);
  } finally {
    await session.close();
  }

  function taken(message: string): Refusal {
    return {
      code: 'DATABASE_EXISTS',
      message,
      hint: 'Name a database that is not there yet or is empty. Holdfast never restores over what another database holds.',
      details: { database: name },
    };
  }
}

/** @throws DATABASE_EXISTS when something was made in it since it was planned for */
export async function requireEmpty(database: ConnectionTarget): Promise<void> {
  const refusal = await whyNotReplaced(database, undefined);
  if (refusal) throw new HoldfastError(refusal.code, refusal.message, { hint: refusal.hint });
}

function isSame(one: DatabaseIdentity, other: DatabaseIdentity): boolean {
  return (
    one.systemIdentifier !== '' &&
    one.systemIdentifier === other.systemIdentifier &&
    one.databaseOid === other.databaseOid
  );
}

/** The first thing in a database that a new one does not have, in words; null for an empty one. */
async function firstObject(session: Session): Promise<string | null> {
  const ours = (catalog: string): string =>
    `not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.${catalog}'::pg_catalog.regclass
       and d.objid = x.oid and d.deptype = 'e')`;
  const inSchemas = `n.nspname <> all (array['pg_catalog', 'information_schema', 'pg_toast'])`;
  const [row] = await session.query<{ found: string | null }>(
    `select coalesce(
       (select pg_catalog.format('the relation %I.%I', n.nspname, x.relname) from pg_catalog.pg_class x
          join pg_catalog.pg_namespace n on n.oid = x.relnamespace where ${inSchemas} and x.relpersistence <> 't' and ${ours('pg_class')} limit 1),
       (select pg_catalog.format('the function %I.%I', n.nspname, x.proname) from pg_catalog.pg_proc x
          join pg_catalog.pg_namespace n on n.oid = x.pronamespace where ${inSchemas} and ${ours('pg_proc')} limit 1),
       (select pg_catalog.format('the type %I.%I', n.nspname, x.typname) from pg_catalog.pg_type x
          join pg_catalog.pg_namespace n on n.oid = x.typnamespace where ${inSchemas} and ${ours('pg_type')} limit 1),
       (select pg_catalog.format('the schema %I', x.nspname) from pg_catalog.pg_namespace x
         where x.nspname <> all (array['public', 'information_schema']) and x.nspname !~ '^pg_' and ${ours('pg_namespace')} limit 1),
       (select pg_catalog.format('the extension %I', x.extname) from pg_catalog.pg_extension x where x.extname <> 'plpgsql' limit 1),
       (select 'large objects' from pg_catalog.pg_largeobject_metadata limit 1)) as found`,
  );
  return row!.found;
}
