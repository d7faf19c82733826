import { bytes, count, counted, roughly } from '../base/units.ts';
import { channelFailing } from './channel-words.ts';
import { brakeSentence } from './finding-words.ts';
import type { HealthFinding, HealthState, HealthWarning } from './health.ts';
import type { Proved, ProtectionState, RecoveryPoint } from './recovery.ts';

/**
 * The sentences for a health finding and its warnings, made from the figures. The server uses them in its answers; the
 * page and the command line pass `time` to write times in the reader's own zone. Pure.
 */

type WriteTime = (iso: string) => string;
type FindingOf<Code extends HealthFinding['code']> = Extract<HealthFinding, { code: Code }>;

const unchanged: WriteTime = (iso) => iso;

/** Why the health is in its state, as one or two sentences. */
export function healthSentence(finding: HealthFinding, time: WriteTime = unchanged): string {
  switch (finding.code) {
    case 'UP_TO_DATE':
      return `${lastGood(finding, time)}, and no later one is due.`;
    case 'NO_BACKUP_YET':
      return 'There is no good backup yet.';
    case 'SCHEDULE_WITHOUT_BACKUP':
      return `${lastGood(finding, time)}; there is none yet that was due${bySchedule(finding)}.`;
    case 'BACKUP_OVERDUE':
      return `${lastGood(finding, time)}; the backup due at ${time(finding.dueAt)}${bySchedule(finding)} is missing.`;
    case 'RUNS_FAILED': {
      const runs = finding.failures === 1 ? 'the last run' : `the last ${count(finding.failures)} runs`;
      const why = finding.lastFailure === null ? '.' : `: ${finding.lastFailure}`;
      return `${lastGood(finding, time)}; ${runs} failed${why}`;
    }
    case 'STORE_INCOMPLETE':
      return `The store holds ${bytes(finding.storedBytes)}, but backup ${finding.backupId} alone needs ${bytes(finding.neededBytes)}: stored data is gone.`;
    case 'STORE_UNUSABLE':
      return `Backups cannot be written to ${finding.store}: ${finding.message} ${lastGood(finding, time)}.`;
    case 'BACKUPS_DAMAGED':
      return `Not protected: ${damageSentence(finding)}. ${lastGood(finding, time)}.`;
    case 'NO_SCHEDULE':
      return `${lastGood(finding, time)}; no schedule is enabled, so no backup is taken automatically.`;
  }
}

/** A warning in one or two sentences. */
export function warningSentence(warning: HealthWarning, time: WriteTime = unchanged): string {
  switch (warning.code) {
    case 'SIZE_UNUSUAL':
      return `Backup ${warning.backupId} holds ${bytes(warning.bytes)} of data; the backups before it hold about ${bytes(warning.usualBytes)}.`;
    case 'ROWS_UNUSUAL':
      return `Backup ${warning.backupId} holds ${counted(warning.rows, 'row')}; the backups before it hold about ${count(warning.usualRows)}.`;
    case 'BACKUP_WARNINGS':
      return `Backup ${warning.backupId} has every row, and ${warning.warnings === 1 ? 'a warning' : `${count(warning.warnings)} warnings`} about what a restore does not bring back automatically.`;
    case 'STORE_FAILING':
      return `The store ${warning.store} has failed its self-tests since ${time(warning.since)}, so backups cannot be kept there: ${warning.problem}`;
    case 'STORE_ROLLED_BACK':
      return `${warning.problem} Seen first at ${time(warning.since)}; nothing is written to the store until that is settled.`;
    case 'STORE_DOCUMENT_REFUSED':
      return documentRefused(warning, time);
    case 'DRILL_FAILED':
      return `Backup ${warning.backupId} did not come back when it was restored to prove it at ${time(warning.at)}: ${warning.problem}`;
    case 'SCHEDULER_MISSING':
      return schedulerMissing;
    case 'COPY_BEHIND':
      return copyBehind(warning, time);
    case 'RECOVERY_POINT_MISSED':
      return warning.ageSeconds === null
        ? `There is no good backup of everything, and the newest may be ${roughly(warning.targetSeconds * 1_000)} old at most.`
        : `The newest backup to recover from is ${roughly(warning.ageSeconds * 1_000)} old; the target is ${roughly(warning.targetSeconds * 1_000)} at most.`;
    case 'RECOVERY_TIME_MISSED':
      return `A restore takes about ${roughly(warning.seconds * 1_000)}, as the last ${warning.basis} measured it; the target is ${roughly(warning.targetSeconds * 1_000)} at most.`;
    case 'SCRUB_FAILING':
      return `The store ${warning.store} cannot be read again to check it, since ${time(warning.since)}: ${warning.problem}`;
    case 'BACKUP_SUSPICIOUS':
      return `Data looks damaged (finding ${warning.findingId}). ${warning.problem}`;
    case 'CLEANUP_STOPPED':
      return brakeSentence(warning, time);
    case 'CHANNEL_FAILING':
      return channelFailing(warning, time);
    case 'DATABASE_UNREACHABLE':
      return `The protected database does not answer: ${warning.problem} Backups that there are can be restored onto another server.`;
    case 'DATABASES_UNPROTECTED':
      return unprotectedSentence(warning);
    case 'ONLY_IN_DATABASE':
      return 'Every backup is inside the database itself: what destroys its server destroys them too. Name a store outside it with HOLDFAST_STORE or HOLDFAST_COPY_TO.';
    case 'BACKUPS_DAMAGED':
      return `Stored data is missing or damaged: ${damageSentence(warning)}. A new backup stores again what the database still holds.`;
  }
}

function unprotectedSentence({ databases, total }: { databases: string[]; total: number }): string {
  const named = databases.map((name) => `"${name}"`).join(', ');
  const more = total > databases.length ? ` and ${total - databases.length} more` : '';
  const [are, them] =
    total === 1 ? ['A database of the same server is', 'it'] : ['Databases of the same servers are', 'them'];
  return `${are} not protected: ${named}${more}. Add ${them} to \`databases\`, enrol ${them} by a rule, or exclude ${them} there.`;
}

/** What the words about protection are made from: the status has it all. */
export interface ProtectionFacts {
  health: { state: HealthState; failures: number; warnings: readonly { code: HealthWarning['code'] }[] };
  recoveryPoint: Pick<RecoveryPoint, 'backupId' | 'offSite'>;
  proved: Pick<Proved, 'how' | 'at'>;
}

/** How long a proof counts: a month, and a day for the proof of each month to end. */
const provedForDays = 32;
const dayMs = 86_400_000;

/**
 * Whether the backups protect the database, in words that can be relied on: `protected`, `protected, not proved for 40 days`, `only inside
 * the database itself`, `not protected: …`. A proof is a drill, or a verification that unpacked everything: bytes that are still those
 * that were written are none.
 * @param now in milliseconds
 */
export function protection(
  { health, recoveryPoint, proved }: ProtectionFacts,
  now: number,
): { state: ProtectionState; words: string } {
  const reason = unprotectedBecause(health, recoveryPoint);
  if (reason !== undefined) return { state: 'unprotected', words: `not protected: ${reason}` };
  if (!recoveryPoint.offSite) return { state: 'inside', words: 'only inside the database itself' };
  if (proved.at === null || proved.how === 'checksum') {
    return { state: 'unproved', words: 'protected, not proved yet' };
  }
  const days = Math.floor((now - Date.parse(proved.at)) / dayMs);
  if (days < provedForDays) return { state: 'protected', words: 'protected' };
  return { state: 'unproved', words: `protected, not proved for ${counted(days, 'day')}` };
}

function unprotectedBecause(
  { state, failures, warnings }: ProtectionFacts['health'],
  { backupId }: ProtectionFacts['recoveryPoint'],
): string | undefined {
  if (state === 'damaged') return 'stored data is damaged';
  if (state === 'failing') {
    if (failures === 0) return 'backups cannot be stored';
    return failures === 1 ? 'the last run failed' : `the last ${count(failures)} runs failed`;
  }
  if (backupId === null) return 'there is no good backup of everything';
  if (state === 'late') return 'a backup that was due is missing';
  if (warnings.some(({ code }) => code === 'BACKUP_SUSPICIOUS'))
    return 'the newest backups hold data that looks damaged';
  if (warnings.some(({ code }) => code === 'DRILL_FAILED'))
    return 'a backup did not come back in the last drill';
  return state === 'unscheduled' ? 'no schedule' : undefined;
}

const months = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** `12 November 2026`, in UTC */
function day(iso: string): string {
  const at = new Date(iso);
  return `${at.getUTCDate()} ${months[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** Since when a store is known to hold what was written. @param since what `checks.oldest` of the store says */
export function readSentence(since: string): string {
  return `Every byte has been read or written since ${day(since)}.`;
}

function documentRefused(
  {
    store,
    since,
    uuid,
    object,
    backupId,
    documents,
    problem,
  }: Extract<HealthWarning, { code: 'STORE_DOCUMENT_REFUSED' }>,
  time: WriteTime,
): string {
  const more =
    documents > 1 ? ` There ${documents === 2 ? 'is' : 'are'} ${count(documents - 1)} more of them.` : '';
  const cure =
    backupId === null
      ? `It is of no backup of this installation; this moves it out of the way, and keeps it: holdfast store quarantine ${store} ${uuid}`
      : `It is of backup ${backupId}. Put it right from another store: holdfast copy ${backupId} --to ${store}. Or give the backup up: holdfast delete ${backupId}`;
  return `The object ${object} in the store ${store} cannot be believed, since ${time(since)}, so no cleanup frees anything there: ${problem} ${cure}${more}`;
}

function copyBehind(
  { store, backups, newestCopyAt, newestAt, lastError }: Extract<HealthWarning, { code: 'COPY_BEHIND' }>,
  time: WriteTime,
): string {
  const missing =
    backups === 1
      ? 'a backup that is to be there is not'
      : `${count(backups)} backups that are to be there are not`;
  const newest =
    newestCopyAt === null
      ? `There is no copy in ${store} yet`
      : `The newest copy in ${store} is from ${time(newestCopyAt)}${behind(newestCopyAt, newestAt)}`;
  return `${newest}: ${missing}${lastError === null ? '.' : `. The last try failed: ${lastError}`}`;
}

/** `, 3 days behind` */
function behind(copy: string, newest: string): string {
  const hours = Math.floor((Date.parse(newest) - Date.parse(copy)) / 3_600_000);
  if (hours < 1) return '';
  return `, ${hours < 48 ? counted(hours, 'hour') : counted(Math.floor(hours / 24), 'day')} behind`;
}

/** Also the notice of an enabled schedule that no process runs. */
export const schedulerMissing =
  'No process runs schedules: none has called start(), and neither holdfast serve nor holdfast worker is running. ' +
  'No backup is taken automatically until one does.';

/** The last good backup, without a full stop. */
export function lastGood({ lastGoodAt }: { lastGoodAt: string | null }, time: WriteTime = unchanged): string {
  return lastGoodAt === null ? 'There is no good backup' : `The last good backup is from ${time(lastGoodAt)}`;
}

function bySchedule({
  scheduleName,
  enabledSchedules,
}: Pick<FindingOf<'BACKUP_OVERDUE'>, 'scheduleName' | 'enabledSchedules'>): string {
  return enabledSchedules === 1 ? '' : ` by schedule "${scheduleName}"`;
}

type Damage = Pick<FindingOf<'BACKUPS_DAMAGED'>, 'backupIds' | 'backupCount' | 'tables' | 'tableCount'>;

/** `backups 4, 3 cannot restore public.orders` */
function damageSentence({ backupIds, backupCount, tables, tableCount }: Damage): string {
  const more = (all: number, named: number, what = ''): string =>
    all > named ? ` and ${count(all - named)} more${what}` : '';
  const which = `${backupCount === 1 ? 'backup' : 'backups'} ${backupIds.join(', ')}${more(backupCount, backupIds.length)}`;
  const what = tableCount === 0 ? 'be restored whole' : `restore ${tables.join(', ')}`;
  return `${which} cannot ${what}${more(tableCount, tables.length, ' tables')}`;
}
