import type { Approval, ApprovalsAnswer, GuardedKind } from './approval.ts';

/** The words about calls that need a second actor, for the page and the command line. Pure. */

/** What needs a second actor; noun phrases. */
const guardedWords: Readonly<Record<GuardedKind, string>> = {
  restore: 'restores over what there is',
  delete: 'deleting backups',
  retention: 'keeping less',
  stores: 'forgetting stores',
};

/** `deleting backups, keeping less`; empty where nothing needs a second actor. */
export function neededFor({ operations }: ApprovalsAnswer['rule']): string {
  return operations.map((kind) => guardedWords[kind]).join(', ');
}

/** What a call will do: `deleteBackup {"backup":12,"despiteFinding":false}`. What is empty is left out. */
export function guardedCallInWords({ operation, what }: Pick<Approval, 'operation' | 'what'>): string {
  const said = Object.entries(what).filter(
    ([, value]) => value !== null && (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  return `${operation} ${JSON.stringify(Object.fromEntries(said))}`;
}

/** `approved by ben@example.com` */
export function stateInWords({ state, decidedBy }: Pick<Approval, 'state' | 'decidedBy'>): string {
  if (state === 'pending') return 'waits for a second actor';
  if (state === 'approved') return `approved by ${decidedBy}: its actor can do it now`;
  if (state === 'done') return `done, approved by ${decidedBy}`;
  if (state === 'refused') return `refused by ${decidedBy}`;
  return decidedBy === null ? 'expired: it was not approved in time' : 'expired: it was not done in time';
}

/** A value of `what` where it is a number or a text; other values hold data, and are not shown. */
const said = (value: unknown): string =>
  typeof value === 'number' || typeof value === 'string' ? String(value) : '?';

const inPlace = ({ backupId, tables, restoreType, rows, tenant }: Record<string, unknown>): string => {
  const named = Array.isArray(tables) ? tables.filter((table) => typeof table === 'string') : [];
  const { table } = (rows ?? {}) as { table?: unknown };
  const part =
    rows !== undefined && rows !== null
      ? `rows of ${said(table)} from `
      : tenant !== undefined && tenant !== null
        ? 'the rows of a tenant from '
        : named.length > 0
          ? `${named.length > 5 ? `${named.length} tables` : named.join(', ')} from `
          : restoreType === 'full'
            ? ''
            : 'a part of ';
  return `restoring ${part}backup ${said(backupId)} over what there is`;
};

/** What each call does that may need a second actor, for a channel: it names things of ours, and no row of the data. */
const askedWords: Readonly<Record<string, (what: Record<string, unknown>) => string>> = {
  restore: inPlace,
  restoreGlobals: ({ globals, server }) =>
    `making roles and tablespaces of backup ${said(globals)}${server === undefined ? '' : ` on ${said(server)}`}`,
  undoRestore: ({ undo }) => `undoing restore ${said(undo)}`,
  deleteBackup: ({ backup }) => `deleting backup ${said(backup)}`,
  pinBackup: ({ backup }) => `letting cleanup delete backup ${said(backup)} again, which is pinned`,
  setDocumentAside: ({ store, document }) =>
    `setting the document ${said(document)} of the store ${said(store)} aside`,
  forgetStore: ({ store }) => `forgetting the store ${said(store)}`,
  updateSchedule: ({ schedule }) => `keeping less under the schedule ${said(schedule)}`,
  deleteSchedule: ({ schedule }) => `deleting the schedule ${said(schedule)}, after which less is kept`,
};

/** `deleting backup 12`; undefined for a call without words. */
export function askedInWords({ operation, what }: Pick<Approval, 'operation' | 'what'>): string | undefined {
  return askedWords[operation]?.(what);
}
