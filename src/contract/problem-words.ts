import type { HealthFinding, HealthWarning } from './health.ts';
import type { Severity } from './notice.ts';
import type { Topic } from './topics.ts';

/** What each problem of the health is called in a line, and what to do about it. Pure. */

/** What to do, before addresses and commands are put together. */
export interface Step {
  words: string;
  command?: string;
  /** Of several databases the command is about all. */
  ofAll?: boolean;
  /** The screen of the page, `stores`. */
  screen?: string;
}

export interface Told {
  topic: Topic;
  severity: Severity;
  title: string;
  step: Step;
}

const seeStatus: Step = { words: 'See what is the matter:', command: 'holdfast status', screen: '' };

export function ofFinding(finding: Exclude<HealthFinding, { code: 'UP_TO_DATE' }>): Told {
  const late = { topic: 'backup.late', severity: 'critical' } as const;
  switch (finding.code) {
    case 'NO_BACKUP_YET':
      return { ...late, title: 'There is no backup yet', step: backUp };
    case 'SCHEDULE_WITHOUT_BACKUP':
    case 'BACKUP_OVERDUE':
      return { ...late, title: 'A backup that was due is missing', step: backUp };
    case 'NO_SCHEDULE':
      return {
        ...late,
        severity: 'warning',
        title: 'No schedule is enabled',
        step: {
          words: 'Enable a schedule on the screen Schedule, or take backups by other means.',
          screen: 'schedule',
        },
      };
    case 'RUNS_FAILED':
      return {
        topic: 'backup.failed',
        severity: 'critical',
        title:
          finding.failures === 1 ? 'The last backup failed' : `The last ${finding.failures} backups failed`,
        step: {
          words: 'When the cause is gone, take one now:',
          command: 'holdfast backup',
          screen: 'backups',
        },
      };
    case 'STORE_INCOMPLETE':
      return {
        topic: 'backup.damaged',
        severity: 'critical',
        title: 'Stored data of a backup is gone',
        step: {
          words: 'See what can still be restored:',
          command: `holdfast verify ${finding.backupId}`,
          screen: `backups/${finding.backupId}`,
        },
      };
    case 'STORE_UNUSABLE':
      return {
        topic: 'store.unusable',
        severity: 'critical',
        title: `Backups cannot be written to ${finding.store}`,
        step: testStore(finding.store),
      };
    case 'BACKUPS_DAMAGED':
      return {
        topic: 'backup.damaged',
        severity: 'critical',
        title: 'The newest backup is damaged',
        step: backUp,
      };
  }
}

const backUp: Step = { words: 'Take one now:', command: 'holdfast backup', screen: 'backups/new' };

function testStore(store: string): Step {
  return { words: 'Find out what fails there:', command: `holdfast store test ${store}`, screen: 'stores' };
}

export function ofWarning(warning: HealthWarning): Told {
  const remark = { topic: 'remarks', severity: 'warning' } as const;
  const store = { topic: 'store.unusable', severity: 'warning' } as const;
  switch (warning.code) {
    case 'SIZE_UNUSUAL':
    case 'ROWS_UNUSUAL':
      return {
        ...remark,
        title: 'The last backup has an unusual size',
        step: {
          words: 'Look at what it holds:',
          command: `holdfast show ${warning.backupId}`,
          screen: `backups/${warning.backupId}`,
        },
      };
    case 'BACKUP_WARNINGS':
      return {
        ...remark,
        title: 'The last backup has warnings',
        step: {
          words: 'Read them:',
          command: `holdfast show ${warning.backupId}`,
          screen: `backups/${warning.backupId}`,
        },
      };
    case 'DATABASE_UNREACHABLE':
      return {
        topic: 'database.unreachable',
        severity: 'critical',
        title: 'The protected database does not answer',
        step: { words: 'See what can be restored:', command: 'holdfast list', screen: 'backups' },
      };
    case 'DATABASES_UNPROTECTED':
      return {
        topic: 'database.unprotected',
        severity: 'warning',
        title:
          warning.total === 1
            ? 'A database is not protected'
            : `${warning.total} databases are not protected`,
        step: { words: 'See which:', command: 'holdfast databases', ofAll: true, screen: 'databases' },
      };
    case 'ONLY_IN_DATABASE':
      return {
        ...remark,
        title: 'Every backup is inside the database itself',
        step: { words: 'Name a store outside it.', screen: 'stores/new' },
      };
    case 'SCHEDULER_MISSING':
      return {
        topic: 'backup.late',
        severity: 'critical',
        title: 'No process runs schedules',
        step: { words: 'Start one:', command: 'holdfast worker', ofAll: true, screen: 'schedule' },
      };
    case 'STORE_FAILING':
      return {
        ...store,
        title: `The store ${warning.store} fails its self-tests`,
        step: testStore(warning.store),
      };
    case 'STORE_ROLLED_BACK':
      return {
        ...store,
        severity: 'critical',
        title: `The store ${warning.store} shows an older state`,
        step: {
          words: 'Compare the store with the catalog:',
          command: `holdfast store check ${warning.store}`,
          screen: 'stores',
        },
      };
    case 'STORE_DOCUMENT_REFUSED':
      return {
        ...store,
        title: `A document in the store ${warning.store} cannot be believed`,
        step: {
          words: 'See all of them:',
          command: `holdfast store check ${warning.store}`,
          screen: 'stores',
        },
      };
    case 'SCRUB_FAILING':
      return {
        ...store,
        title: `The store ${warning.store} cannot be read again`,
        step: { words: 'Try it now:', command: `holdfast store scrub ${warning.store}`, screen: 'stores' },
      };
    case 'DRILL_FAILED':
      return {
        topic: 'drill.failed',
        severity: 'critical',
        title: `Backup ${warning.backupId} did not come back in the last drill`,
        step: {
          words: 'When the cause is gone, prove it again:',
          command: `holdfast drill ${warning.backupId}`,
          screen: `backups/${warning.backupId}`,
        },
      };
    case 'BACKUPS_DAMAGED':
      return {
        topic: 'backup.damaged',
        severity: 'warning',
        title: 'Stored data is missing or damaged',
        step: {
          words: 'A new backup stores again what the database still holds:',
          command: 'holdfast backup',
          screen: 'backups',
        },
      };
    case 'COPY_BEHIND':
      return {
        topic: 'copy.behind',
        severity: 'warning',
        title: `The store ${warning.store} lacks backups`,
        step: testStore(warning.store),
      };
    case 'RECOVERY_POINT_MISSED':
      return {
        topic: 'target.missed',
        severity: 'critical',
        title: 'The recovery point is older than its target',
        step: backUp,
      };
    case 'RECOVERY_TIME_MISSED':
      return {
        topic: 'target.missed',
        severity: 'warning',
        title: 'A restore takes longer than its target',
        step: seeStatus,
      };
    case 'BACKUP_SUSPICIOUS':
      return {
        topic: 'finding',
        severity: 'critical',
        title: 'Data looks damaged',
        step: {
          words: 'See what has changed, and settle it:',
          command: `holdfast findings ${warning.findingId}`,
          screen: 'radar',
        },
      };
    case 'CLEANUP_STOPPED':
      return {
        topic: 'finding',
        severity: 'warning',
        title: 'Cleanup keeps old backups because of findings',
        step: { words: 'See the findings:', command: 'holdfast findings', screen: 'radar' },
      };
    case 'CHANNEL_FAILING':
      return {
        topic: 'channel.failing',
        severity: 'warning',
        title: `The channel ${warning.channel} takes no messages`,
        step: { words: 'Try it:', command: `holdfast channel test ${warning.channel}`, screen: 'channels' },
      };
  }
}
