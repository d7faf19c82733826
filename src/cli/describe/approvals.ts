import type { ApprovalsAnswer } from '../../api/contract.ts';
import { guardedCallInWords, neededFor, stateInWords } from '../../contract/approval-words.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { localTime } from '../terminal/units.ts';

const signs = {
  pending: yellow('?'),
  approved: green('✓'),
  done: green('✓'),
  refused: red('✗'),
  expired: dim('–'),
};

/** What needs a second actor, then each call in two lines. */
export function describeApprovals({ rule, approvals }: ApprovalsAnswer): string {
  const needs = neededFor(rule);
  return [
    needs === ''
      ? 'Nothing needs a second actor.'
      : `A second actor is needed for ${needs}, within ${rule.hours} h.`,
    ...(approvals.length === 0 ? ['There are no such calls.'] : []),
    ...approvals.flatMap((each) => [
      `${signs[each.state]} ${bold(String(each.id))}  ${printable(guardedCallInWords(each))}: ${printable(stateInWords(each))}`,
      `  ${dim(`${localTime(each.requestedAt)}, ${printable(each.requestedBy)}, until ${localTime(each.expiresAt)}`)}`,
    ]),
  ].join('\n');
}
