import type { Config } from '../../options.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { readDatabaseIdentity } from '../../postgres/database-identity.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import { Session } from '../../postgres/wire/session.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { fail, ok, type Check } from './check.ts';
import { checkLocksHeld } from './locks-held.ts';
import { checkOwnTables } from './own-tables.ts';
import { checkOwnPlace, checkPrivileges } from './privileges.ts';
import { checkServerRoom } from './room.ts';
import {
  checkConnections,
  checkDumper,
  checkSummaries,
  checkVersion,
  checkWritable,
  readServerFacts,
} from './server.ts';
import { checkChecksums, checkLocks, checkRoleLimits, checkSettings } from './settings.ts';
import { checkClock, checkPooler, checkTls, wireFacts } from './wire.ts';

/** How long a look at a table waits for a lock of another session. */
const lockLimitMs = 3_000;

export interface DatabaseFindings {
  checks: Check[];
  /** The server of the protected database; undefined where it does not answer. */
  source: { major: number; systemIdentifier: string } | undefined;
  /** Whether the database of our own tables does. */
  catalogAnswers: boolean;
}

/** The protected database, and that of our own tables, where it is another one. */
export async function checkDatabases(config: Config): Promise<DatabaseFindings> {
  const { catalog } = config;
  let source: DatabaseFindings['source'];
  const first = await withSession(config, config.target, 'connection', async (session) => {
    const { checks, major } = await checkProtected(session, config);
    source = { major, systemIdentifier: (await readDatabaseIdentity(session)).systemIdentifier };
    return [...checks, ...(catalog ? [] : await checkCatalog(session, config))];
  });
  if (!catalog) return { ...first, source, catalogAnswers: first.answers };
  const second = await withSession(config, catalog, 'catalog', (session) => checkCatalog(session, config));
  return { checks: [...first.checks, ...second.checks], source, catalogAnswers: second.answers };
}

/** Opens a session and looks, or says as the check `name` why there is none. */
async function withSession(
  { lockTimeoutMs }: Config,
  target: ConnectionTarget,
  name: string,
  look: (session: Session) => Promise<Check[]>,
): Promise<{ answers: boolean; checks: Check[] }> {
  const started = performance.now();
  let session: Session;
  try {
    const options = {
      applicationName: 'holdfast doctor',
      lockTimeoutMs: Math.min(lockTimeoutMs, lockLimitMs),
    };
    session = await Session.open(target, options);
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    return { answers: false, checks: [fail(name, error.code, error.message, error.hint)] };
  }
  try {
    const { database, role } = await readServerFacts(session);
    const took = `${(performance.now() - started).toFixed(0)} ms`;
    const connected = ok(name, `database ${database} as ${role}, ${took}`);
    return { answers: true, checks: [connected, ...(await look(session))] };
  } catch (error) {
    throw databaseFailure(error);
  } finally {
    await session.close();
  }
}

async function checkProtected(session: Session, config: Config): Promise<{ checks: Check[]; major: number }> {
  const facts = await readServerFacts(session);
  const wire = wireFacts(session, config.target);
  const checks = [
    checkPooler(),
    checkTls(wire),
    await checkClock(session),
    checkVersion(facts),
    await checkDumper(facts),
    await checkConnections(session, config.jobs),
    await checkLocks(session),
    await checkLocksHeld(session, config.lockTimeoutMs),
    await checkSettings(session, facts.role),
    await checkChecksums(session),
    ...(await checkRoleLimits(session)),
    ...(await checkServerRoom(session, wire)),
    ...(await checkSummaries(session, facts)),
    ...(await unlessLocked(session, () => checkPrivileges(session, facts, config.schema))),
  ];
  return { checks, major: facts.major };
}

async function checkCatalog(session: Session, { schema }: Config): Promise<Check[]> {
  const facts = await readServerFacts(session);
  return [
    checkWritable(facts),
    await checkOwnPlace(session, facts, schema),
    ...(await unlessLocked(session, () => checkOwnTables(session, facts, schema))),
  ];
}

/** What looks at tables finds out less where another session keeps one from it, and says so. */
async function unlessLocked(session: Session, look: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await look();
  } catch (thrown) {
    const { code } = databaseFailure(thrown);
    if (code !== 'LOCK_TIMEOUT') throw thrown;
    const { message, hint } = await checkLocksHeld(session, 0);
    const who = hint === null ? 'It holds it no longer.' : message;
    return [
      fail(
        'tables that are locked',
        code,
        `Another session keeps a table from all others, so the tables could not be looked at. ${who}`,
        `${hint ?? ''} Then run again: holdfast doctor`.trim(),
      ),
    ];
  }
}
