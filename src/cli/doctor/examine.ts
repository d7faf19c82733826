/*
 * doctor/ owns the checks of `holdfast doctor`. It never changes anything but objects of its own in stores outside.
 */
import { errorCatalogue } from '../../base/errors.ts';
import { parseOptions, type Config } from '../../options.ts';
import { readDatabaseIdentity } from '../../postgres/database-identity.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import { Session } from '../../postgres/wire/session.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { runnable } from '../command-name.ts';
import { configFile } from '../config-file.ts';
import { givenTo, localOptions, withApi } from '../system.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { counted } from '../../base/units.ts';
import { fail, ok, type Check } from './check.ts';
import { checkConfigFile } from './config.ts';
import { checkInstallation } from './installation.ts';
import { checkKeys } from './keys.ts';
import { checkLocksHeld } from './locks-held.ts';
import { checkServerRoom } from './room.ts';
import { checkScratch } from './scratch.ts';
import { checkClock, checkPooler, checkTls, wireFacts } from './wire.ts';
import { checkOwnTables } from './own-tables.ts';
import { checkChecksums, checkLocks, checkRoleLimits, checkSettings } from './settings.ts';
import { checkPrivileges } from './privileges.ts';
import { checkStores } from './stores.ts';
import { checkRuntime } from './runtime.ts';
import {
  checkConnections,
  checkDumper,
  checkSummaries,
  checkVersion,
  checkWritable,
  readServerFacts,
} from './server.ts';

export interface DoctorOptions {
  /** Whether the stores outside the database are tried with objects of their own. */
  storeTests: boolean;
  /** Whether each channel is sent a message. */
  send?: boolean;
}

/** Every check there is. What cannot be looked at because something before it fails is left out. */
export async function examine(invocation: Invocation, options: DoctorOptions): Promise<Answer> {
  const config = parseOptions(await localOptions(invocation));
  const given = await givenTo(invocation);
  const { checks: ofDatabase, source } = await checkDatabase(config);
  const checks = [
    checkRuntime(),
    await checkConfigFile(await configFile(invocation)),
    ...ofDatabase,
    await checkScratch(config, source),
    // What is in force is what the tables say, not what this process would have.
    ...(await withApi(
      invocation,
      async (api) => [
        ...(source ? await checkInstallation(api, config, given, options) : []),
        ...(await checkKeys(config.stores)),
        ...(options.storeTests ? await checkStores(config, api) : []),
      ],
      { fourEyes: {} },
    )),
  ];
  const failed = checks.filter((check) => check.level === 'fail');
  const code = failed.find((check) => check.code !== null)?.code;
  return {
    document: { ok: failed.length === 0, checks: checks.map(saidHere) },
    text: `${checks.map(saidHere).map(line).join('\n')}\n\n${conclusion(checks)}`,
    exitCode: code ? errorCatalogue[code].exitCode : 0,
  };
}

/** How long a look at a table waits for a lock of another session. */
const lockLimitMs = 3_000;

interface DatabaseFindings {
  checks: Check[];
  /** Undefined where it does not answer. */
  source: { major: number; systemIdentifier: string } | undefined;
}

async function checkDatabase(config: Config): Promise<DatabaseFindings> {
  const started = performance.now();
  let session: Session;
  try {
    const lockTimeoutMs = Math.min(config.lockTimeoutMs, lockLimitMs);
    session = await Session.open(config.target, { applicationName: 'holdfast doctor', lockTimeoutMs });
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    return { checks: [fail('connection', error.code, error.message, error.hint)], source: undefined };
  }
  try {
    const facts = await readServerFacts(session);
    const took = `${(performance.now() - started).toFixed(0)} ms`;
    const wire = wireFacts(session, config.target);
    const checks = [
      ok('connection', `database ${facts.database} as ${facts.role}, ${took}`),
      checkPooler(),
      checkTls(wire),
      await checkClock(session),
      checkVersion(facts),
      await checkDumper(facts),
      checkWritable(facts),
      await checkConnections(session, config.jobs),
      await checkLocks(session),
      await checkLocksHeld(session, config.lockTimeoutMs),
      await checkSettings(session, facts.role),
      await checkChecksums(session),
      ...(await checkRoleLimits(session)),
      ...(await checkServerRoom(session, wire)),
      ...(await checkSummaries(session, facts)),
      ...(await unlessLocked(() => checkPrivileges(session, facts, config.schema))),
      ...(await unlessLocked(() => checkOwnTables(session, facts, config.schema))),
    ];
    const { systemIdentifier } = await readDatabaseIdentity(session);
    return { checks, source: { major: facts.major, systemIdentifier } };
  } catch (error) {
    throw databaseFailure(error);
  } finally {
    await session.close();
  }
}

/** What looks at tables finds out less where another session keeps one from it, and says so. */
async function unlessLocked(look: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await look();
  } catch (thrown) {
    const { code } = databaseFailure(thrown);
    if (code !== 'LOCK_TIMEOUT') throw thrown;
    return [
      fail(
        'tables that are locked',
        code,
        'Another session keeps a table from all others, so the tables could not be looked at.',
        'See the check of locks held: let that session end, or end it. Then run holdfast doctor again.',
      ),
    ];
  }
}

/** What to do, with commands that can be copied. */
function saidHere(check: Check): Check {
  return { ...check, hint: check.hint && runnable(check.hint) };
}

function line(check: Check): string {
  const sign = { ok: green('✓'), warn: yellow('!'), fail: red('✗') }[check.level];
  const hint = check.hint === null ? '' : `\n    ${dim('→')} ${printable(check.hint)}`;
  return `${sign} ${bold(check.name)}: ${printable(check.message)}${hint}`;
}

function conclusion(checks: readonly Check[]): string {
  const failures = checks.filter((check) => check.level === 'fail').length;
  const warnings = checks.filter((check) => check.level === 'warn').length;
  if (failures > 0) return red(`${counted(failures, 'check')} failed.`);
  if (warnings > 0) return yellow(`Works, with ${counted(warnings, 'warning')}.`);
  return green('Everything works.');
}
