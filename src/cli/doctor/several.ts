import type { BackupApi } from '../../api/contract.ts';
import { count, counted } from '../../base/units.ts';
import { ok, someOf, warn, type Check } from './check.ts';

/** Whether each database is ready, and which of the same servers nobody protects. */
export async function checkSeveral(api: BackupApi): Promise<Check[]> {
  const { databases, unprotected, unseen } = await api.listDatabases();
  const name = 'databases';
  const checks: Check[] = databases
    .filter(({ state }) => state !== 'ready')
    .map((each) =>
      warn(
        `${name} ${each.name}`,
        each.problem ?? `It is ${each.state}.`,
        each.state === 'not-initialized'
          ? `Run: holdfast init --database ${each.name}`
          : `See what is the matter there: holdfast doctor --database ${each.name}`,
      ),
    );
  if (unprotected.length > 0) {
    const names = someOf(unprotected.map(({ server, database }) => `${database} at ${server}`));
    checks.push(
      warn(
        name,
        `Nothing protects ${counted(unprotected.length, 'database')} of the same servers: ${names}.`,
        'Name them in databases (HOLDFAST_DATABASES), enrol them by a rule (HOLDFAST_ENROL=*), or say that they are not meant: HOLDFAST_ENROL_EXCLUDE.',
      ),
    );
  }
  for (const { server, problem } of unseen) {
    checks.push(
      warn(
        `${name} of ${server}`,
        `They could not be listed: ${problem}`,
        'Correct what the message says; until then a new database there is not noticed.',
      ),
    );
  }
  return checks.length > 0
    ? checks
    : [ok(name, `${count(databases.length)} protected, and none besides on these servers`)];
}
