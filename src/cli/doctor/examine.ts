/*
 * doctor/ owns the checks of `holdfast doctor`. It never changes anything but objects of its own in stores outside.
 */
import { errorCatalogue } from '../../base/errors.ts';
import { parseOptions } from '../../options.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { runnable } from '../command-name.ts';
import { configFile } from '../config-file.ts';
import { givenTo, localOptions, withApi } from '../system.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { counted } from '../../base/units.ts';
import type { Check } from './check.ts';
import { checkConfigFile } from './config.ts';
import { checkDatabases } from './databases.ts';
import { checkIssuer } from './issuer.ts';
import { checkInstallation } from './installation.ts';
import { checkKeys } from './keys.ts';
import { checkScratch } from './scratch.ts';
import { checkStores } from './stores.ts';
import { checkRuntime } from './runtime.ts';

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
  const { checks: ofDatabase, source, catalogAnswers } = await checkDatabases(config);
  const checks = [
    checkRuntime(),
    await checkConfigFile(await configFile(invocation)),
    ...ofDatabase,
    await checkIssuer(given.auth?.oidc),
    await checkScratch(config, source),
    // What is in force is what the tables say, not what this process would have.
    ...(await withApi(
      invocation,
      async (api) => [
        ...(catalogAnswers ? await checkInstallation(api, config, given, options) : []),
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
