/*
 * doctor/ owns the checks of `holdfast doctor`. It never changes anything but objects of its own in stores outside.
 */
import { errorCatalogue } from '../../base/errors.ts';
import { parseOptions, type Config } from '../../options.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import { Session } from '../../postgres/wire/session.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { runnable } from '../command-name.ts';
import { localOptions, withApi } from '../system.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { counted } from '../../base/units.ts';
import { checkBackupsOrSay } from './backups.ts';
import { fail, ok, type Check } from './check.ts';
import { checkOwnTables } from './own-tables.ts';
import { checkLocks, checkSettings } from './settings.ts';
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

/** Every check there is. What cannot be looked at because something before it fails is left out. */
export async function examine(invocation: Invocation, withStoreTests: boolean): Promise<Answer> {
  const config = parseOptions(await localOptions(invocation));
  const checks = [checkRuntime(), ...(await checkDatabase(config))];
  if (checks.every((check) => check.name !== 'connection' || check.level !== 'fail')) {
    checks.push(...(await withApi(invocation, checkBackupsOrSay)));
  }
  if (withStoreTests) checks.push(...(await withApi(invocation, (api) => checkStores(config, api))));
  const failed = checks.filter((check) => check.level === 'fail');
  const code = failed.find((check) => check.code !== null)?.code;
  return {
    document: { ok: failed.length === 0, checks: checks.map(saidHere) },
    text: `${checks.map(saidHere).map(line).join('\n')}\n\n${conclusion(checks)}`,
    exitCode: code ? errorCatalogue[code].exitCode : 0,
  };
}

async function checkDatabase(config: Config): Promise<Check[]> {
  const started = performance.now();
  let session: Session;
  try {
    session = await Session.open(config.target, { applicationName: 'holdfast doctor' });
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    return [fail('connection', error.code, error.message, error.hint)];
  }
  try {
    const facts = await readServerFacts(session);
    const took = `${(performance.now() - started).toFixed(0)} ms`;
    return [
      ok('connection', `database ${facts.database} as ${facts.role}, ${took}`),
      checkVersion(facts),
      await checkDumper(facts),
      checkWritable(facts),
      await checkConnections(session, config.jobs),
      await checkLocks(session),
      await checkSettings(session),
      ...(await checkSummaries(session, facts)),
      ...(await checkPrivileges(session, facts, config.schema)),
      ...(await checkOwnTables(session, facts, config.schema)),
    ];
  } catch (error) {
    throw databaseFailure(error);
  } finally {
    await session.close();
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
