import type { BackupApi } from '../../api/contract.ts';
import type { ConfigOptions } from '../../options.ts';
import { counted, relative } from '../../base/units.ts';
import { ok, warn, type Check } from './check.ts';

/** Whether the rule is in force, whether there can be a second actor, and who waits for one. */
export async function checkFourEyes(api: BackupApi, { fourEyes, auth }: ConfigOptions): Promise<Check[]> {
  const { rule, approvals } = await api.listApprovals({ state: 'pending' });
  const wanted = fourEyes?.operations ?? [];
  const missing = wanted.filter((each) => !rule.operations.includes(each));
  if (missing.length > 0) {
    return [
      warn(
        'four eyes',
        `Configured for ${missing.join(', ')}, and not in force: no process has started with it yet.`,
        'Start one that calls start(): holdfast serve, holdfast worker, or the application.',
      ),
    ];
  }
  if (rule.operations.length === 0) return [ok('four eyes', 'nothing needs a second actor')];
  return [await ruleCheck(api, rule.operations, auth?.authorize !== undefined), waitingCheck(approvals)];
}

async function ruleCheck(api: BackupApi, operations: readonly string[], names: boolean): Promise<Check> {
  const name = 'four eyes';
  const tokens = (await api.listTokens()).filter(
    ({ expiresAt }) => expiresAt === null || Date.parse(expiresAt) > Date.now(),
  );
  const what = operations.join(', ');
  if (names) return ok(name, `a second actor is needed for ${what}; auth.authorize names actors`);
  if (tokens.length > 0)
    return ok(name, `a second actor is needed for ${what}; ${counted(tokens.length, 'token')} can be one`);
  return warn(
    name,
    `A second actor is needed for ${what}, and there is none: no token was made, and an admin token approves nothing.`,
    'If no application names its users (auth.authorize): take the rule back, make a token for each person (holdfast token create), and set it again. A token that is made while the rule holds counts as its maker.',
  );
}

function waitingCheck(
  approvals: readonly { requestedAt: string; requestedBy: string; operation: string }[],
): Check {
  const name = 'approvals';
  const oldest = approvals.at(-1);
  if (!oldest) return ok(name, 'none waits');
  return warn(
    name,
    `${counted(approvals.length, 'call')} wait${approvals.length === 1 ? 's' : ''} for a second actor, the oldest since ${relative(oldest.requestedAt)}: ${oldest.operation} by ${oldest.requestedBy}.`,
    'Another actor approves or refuses them, on the page under Approvals. What waits: holdfast approvals',
  );
}
