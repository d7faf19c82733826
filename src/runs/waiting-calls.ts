import type { ApprovalRecord } from '../catalog/approvals.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { ToldRecord } from '../catalog/outbox.ts';
import {
  approvalIn,
  approvalTold,
  problemOfApproval,
  type Asked,
  type Problem,
} from '../contract/notice-words.ts';

/** How many are told of at the same time: the oldest, so that each has its turn. */
const toldCalls = 20;

/**
 * The calls that wait for a second actor, as problems that channels are told of.
 * @param called what the database is called among several
 */
export async function waitingCalls({ approvals }: Catalog, called: string | undefined): Promise<Problem[]> {
  return (await approvals.pending(toldCalls)).map((record) => problemOfApproval(asked(record), called));
}

/** How the calls ended that channels were told of and that wait no longer, by the keys of their problems. */
export async function endedCalls(
  { approvals }: Catalog,
  told: readonly ToldRecord[],
  problems: readonly Problem[],
): Promise<Map<string, Pick<Problem, 'title' | 'cause'>>> {
  const ends = new Map<string, Pick<Problem, 'title' | 'cause'>>();
  const lasting = new Set(problems.map(({ key }) => key));
  for (const key of new Set(told.map((each) => each.key))) {
    const id = approvalIn(key);
    const record = id === undefined || lasting.has(key) ? undefined : await approvals.get(id);
    if (record) ends.set(key, approvalTold(asked(record)));
  }
  return ends;
}

const asked = (record: ApprovalRecord): Asked => ({
  ...record,
  requestedAt: record.requestedAt.toISOString(),
  expiresAt: record.expiresAt.toISOString(),
});
