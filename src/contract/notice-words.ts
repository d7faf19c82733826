import type { Approval } from './approval.ts';
import { askedInWords, stateInWords } from './approval-words.ts';
import type { HealthFinding, HealthWarning } from './health.ts';
import { ofFinding, ofWarning, type Step } from './problem-words.ts';
import { healthSentence, warningSentence } from './health-words.ts';
import type { Severity } from './notice.ts';
import type { Topic } from './topics.ts';

/**
 * What the health says, as problems that channels are told of. The sentences are those of health-words.ts: a message says what the
 * status says. Pure.
 */

/** A problem that lasts until it is no longer among those that are found. */
export interface Problem {
  /** The same while it lasts. */
  key: string;
  /** When it changes, it is told again. */
  code: string;
  topic: Topic;
  severity: Severity;
  /** One line. */
  title: string;
  cause: string;
  step: Step;
  /** The channel that is the problem: it is not told of itself. */
  channel?: string;
}

/** A state other than healthy, and each warning. */
export function problemsOf({
  finding,
  warnings,
}: {
  finding: HealthFinding;
  warnings: readonly HealthWarning[];
}): Problem[] {
  const state =
    finding.code === 'UP_TO_DATE'
      ? []
      : [{ key: 'state', code: finding.code, ...ofFinding(finding), cause: healthSentence(finding) }];
  return [
    ...state,
    ...warnings.map((warning) => ({
      key: keyOf(warning),
      code: warning.code,
      ...ofWarning(warning),
      cause: warningSentence(warning),
      ...(warning.code === 'CHANNEL_FAILING' ? { channel: warning.channel } : {}),
    })),
  ];
}

/** A warning is the same one while it is about the same store, finding or channel. */
function keyOf(warning: HealthWarning): string {
  if ('store' in warning) return `${warning.code}:${warning.store}`;
  if (warning.code === 'BACKUP_SUSPICIOUS') return `${warning.code}:${warning.findingId}`;
  if (warning.code === 'CHANNEL_FAILING') return `${warning.code}:${warning.channel}`;
  return warning.code;
}

/** What is told of a call that needs a second actor. */
export type Asked = Pick<
  Approval,
  'id' | 'state' | 'operation' | 'what' | 'scope' | 'requestedBy' | 'requestedAt' | 'expiresAt' | 'decidedBy'
>;

const approvalKey = (id: number): string => `approval:${id}`;

/** The number of the call that a problem is about; undefined for another problem. */
export function approvalIn(key: string): number | undefined {
  const found = /^approval:(\d+)$/.exec(key);
  return found ? Number(found[1]) : undefined;
}

/**
 * A call that waits for a second actor. It lasts until it is decided about, or expires.
 * @param called what the database is called among several: without it another call would be answered, of the first
 */
export function problemOfApproval(asked: Asked, called?: string): Problem {
  const { id, operation, scope, requestedBy, requestedAt, expiresAt } = asked;
  const what = askedInWords(asked) ?? operation;
  const database = called === undefined ? '' : `?database=${encodeURIComponent(called)}`;
  return {
    key: approvalKey(id),
    code: 'APPROVAL_NEEDED',
    topic: 'approval.needed',
    severity: 'warning',
    title: `A second actor is needed for ${what}`,
    cause: `${requestedBy} asked for ${what} at ${requestedAt}. It waits as number ${id}: nothing is done until another actor approves it, and it expires at ${expiresAt}.`,
    step: {
      words: `Another actor with the scope ${scope} approves or refuses it under History, Approvals, or with POST /approvals/${id}${database}.`,
      screen: 'history/approvals',
    },
  };
}

/** How a call ended that waited for a second actor. */
export function approvalTold(asked: Asked): Pick<Problem, 'title' | 'cause'> {
  const { id, state, operation, requestedBy, expiresAt } = asked;
  const what = askedInWords(asked) ?? operation;
  const ended = {
    pending: 'Still waits',
    approved: 'Approved',
    done: 'Approved and done',
    refused: 'Refused',
    expired: 'Expired',
  }[state];
  const more = state === 'approved' ? ` ${requestedBy} can make the same call until ${expiresAt}.` : '';
  return {
    title: `${ended}: ${what}`,
    cause: `Call ${id} of ${requestedBy}, ${what}: ${stateInWords(asked)}.${more}`,
  };
}

/** How a restore ended, as an event says it. */
export interface EndedRestore {
  id: number;
  state: 'completed' | 'failed' | 'cancelled' | 'interrupted';
  /** Of the backup it was of; null where its row is gone. */
  backupId: number | null;
  /** The new database; null for the live one. */
  database: string | null;
  /** Why it did not go well. */
  message: string | null;
  /** Whether it can be undone. */
  undoable: boolean;
}

/** `Restore 3 of backup 12 has completed` and what it means. */
export function restoreTold(restore: EndedRestore): Pick<Problem, 'title' | 'cause' | 'severity' | 'step'> {
  const { id, state, backupId, database, message, undoable } = restore;
  const what = `Restore ${id}${backupId === null ? '' : ` of backup ${backupId}`}`;
  const where = database === null ? 'in place' : `into the new database ${database}`;
  const screen = `restore/${id}`;
  if (state === 'completed') {
    return {
      title: `${what} has completed`,
      cause: `${what} ${where} has completed and is proved.`,
      severity: 'info',
      step: undoable
        ? { words: 'If it was a mistake, it can be undone:', command: `holdfast undo ${id}`, screen }
        : { words: 'See what it did:', command: `holdfast show ${id} --restore`, screen },
    };
  }
  const ended = { failed: 'has failed', cancelled: 'was cancelled', interrupted: 'was interrupted' }[state];
  return {
    title: `${what} ${ended}`,
    cause: `${what} ${where} ${ended}${message === null ? '.' : `: ${message}`}`,
    severity: 'warning',
    step: { words: 'See why:', command: `holdfast show ${id} --restore`, screen },
  };
}
