import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { healthSentence, warningSentence } from '../../../src/contract/health-words.ts';
import { BackUpNow } from '../backups/back-up-now.tsx';
import type { BackupSummary, HealthWarning, MissingTablesAnswer } from '../data/client.ts';
import { isAlive, type ReadyStatus } from '../data/queries.ts';
import { counted } from '../format/numbers.ts';
import { formatTime } from '../format/times.ts';
import { QuarantineDocument } from '../stores/quarantine-document.tsx';
import { Icon } from '../parts/icon.tsx';
import { Panel } from '../parts/panel.tsx';
import classes from './attention.module.css';
import type { Scheduled } from './verdict.ts';
import { Allowed } from '../parts/allowed.tsx';

interface AttentionProps {
  status: ReadyStatus;
  scheduled: Scheduled | undefined;
  /** The newest backups. */
  recent: readonly BackupSummary[];
  missing: MissingTablesAnswer | undefined;
}

interface Item {
  key: string;
  tone: 'warn' | 'bad';
  title: string;
  text?: string | undefined;
  action?: ReactNode;
}

/** What needs an operator, each with the button that fixes it. Renders nothing when all is well. */
export function Attention(props: AttentionProps) {
  const items = itemsOf(props);
  if (items.length === 0) return null;
  return (
    <div className={classes.attention}>
      <Panel title="Needs attention">
        <ul className={classes.items}>
          {items.map(({ key, tone, title, text, action }) => (
            <li key={key} className={classes.item}>
              <span className={classes.icon} data-tone={tone}>
                <Icon name="alert" />
              </span>
              <div className={classes.words}>
                <p className={classes.title}>{title}</p>
                {text ? <p className={classes.text}>{text}</p> : null}
              </div>
              <div className={classes.action}>{action}</div>
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}

function itemsOf({ status, scheduled, recent, missing }: AttentionProps): Item[] {
  const { health, lastCompleted } = status;
  const running = recent.some(isAlive);
  const items: Item[] = [];
  if (missing?.backup && missing.total > 0) {
    items.push({
      key: 'missing',
      tone: 'bad',
      title: `${counted(missing.total, 'table')} of backup ${missing.backup.id} ${missing.total === 1 ? 'is' : 'are'} no longer in the database`,
      text: `${namesOf(missing)}. Dropped on purpose? Then the next full backup ends this note.`,
      action: (
        <Allowed to="restore">
          <Button size="xs" component={Link} href={`/restore?backup=${missing.backup.id}`}>
            Restore {missing.total === 1 ? 'it' : 'them'}
          </Button>
        </Allowed>
      ),
    });
  }
  const failed = recent.find(({ status: state }) => state === 'failed' || state === 'interrupted');
  if (health.finding.code === 'STORE_UNUSABLE') {
    items.push({
      key: 'unusable',
      tone: 'bad',
      title: `Backups cannot be written to ${health.finding.store}`,
      text: health.finding.message,
      action: <See screen="stores" />,
    });
  } else if (health.state === 'failing') {
    items.push({
      key: 'failing',
      tone: 'bad',
      title: failed ? `Backup ${failed.id} did not complete` : healthSentence(health.finding, formatTime),
      text: failed?.error?.hint,
      action: (
        <>
          {failed ? <SeeBackup id={failed.id} /> : null}
          {running ? null : <BackUpNow size="xs" />}
        </>
      ),
    });
  } else if (lastCompleted === null || health.state === 'late') {
    items.push({
      key: 'late',
      tone: 'bad',
      title:
        lastCompleted === null ? 'There is nothing to restore from yet' : 'A backup that was due is missing',
      text:
        lastCompleted === null
          ? 'The first backup shows whether everything works.'
          : healthSentence(health.finding, formatTime),
      action: running ? null : <BackUpNow size="xs" />,
    });
  }
  if (scheduled && !scheduled.enabled && health.state !== 'healthy') {
    items.push({
      key: 'unscheduled',
      tone: 'warn',
      title: 'No schedule is enabled',
      text: 'Backups are only taken when you start one.',
      action: (
        <Button size="xs" component={Link} href="/schedule">
          Set a schedule
        </Button>
      ),
    });
  }
  for (const { id, damage } of recent.filter(({ damaged }) => damaged)) {
    items.push({
      key: `damaged-${id}`,
      tone: 'bad',
      title: `Backup ${id} is damaged`,
      text: `${damage?.message ?? 'Stored data is missing or damaged.'} Take a new backup, which stores again what the database still holds; restore from another one.`,
      action: <SeeBackup id={id} />,
    });
  }
  const warned = health.warnings.find(({ code }) => code === 'BACKUP_WARNINGS');
  if (warned) {
    items.push({
      key: 'warnings',
      tone: 'warn',
      title: 'The last backup has warnings',
      text: warningSentence(warned),
      action: lastCompleted ? <SeeBackup id={lastCompleted.id} /> : null,
    });
  }
  const listed = recent.map(({ id }) => id);
  const older = health.warnings.find(({ code }) => code === 'BACKUPS_DAMAGED');
  if (older?.code === 'BACKUPS_DAMAGED' && older.backupIds.some((id) => !listed.includes(id))) {
    items.push({
      key: 'older-damaged',
      tone: 'warn',
      title: 'Older backups are damaged',
      text: warningSentence(older),
    });
  }
  const strange = health.warnings.filter(({ code }) => code === 'SIZE_UNUSUAL' || code === 'ROWS_UNUSUAL');
  if (strange.length > 0) {
    items.push({
      key: 'unusual',
      tone: 'warn',
      title: 'The last backup differs from earlier ones',
      text: strange.map((each) => warningSentence(each, formatTime)).join(' '),
      action: lastCompleted ? <SeeBackup id={lastCompleted.id} /> : null,
    });
  }
  const drilled = health.warnings.find((warning) => warning.code === 'DRILL_FAILED');
  if (drilled) {
    items.push({
      key: 'drill',
      tone: 'bad',
      title: 'A backup did not come back when it was restored to prove it',
      text: warningSentence(drilled, formatTime),
      action: <SeeBackup id={drilled.backupId} />,
    });
  }
  const stopped = health.warnings.find(({ code }) => code === 'CLEANUP_STOPPED');
  if (stopped) {
    items.push({
      key: 'stopped',
      tone: 'warn',
      title: 'Cleanup is stopped',
      text: warningSentence(stopped, formatTime),
    });
  }
  for (const warning of health.warnings.filter(({ code }) => !shownAbove.has(code))) {
    items.push({
      key: `${warning.code} ${'store' in warning ? warning.store : 'channel' in warning ? warning.channel : ''}`,
      ...aboutStores(warning),
      text: warningSentence(warning, formatTime),
      action: actionFor(warning, running),
    });
  }
  if (scheduled?.notice !== undefined) {
    items.push({
      key: 'notice',
      tone: 'warn',
      title: 'No process runs the schedule',
      text: scheduled.notice,
    });
  }
  return items;
}

/** Warnings with an item of their own; the rest are about stores. `SCHEDULER_MISSING` is the notice of a schedule, findings have notes. */
const shownAbove: ReadonlySet<HealthWarning['code']> = new Set([
  'BACKUP_SUSPICIOUS',
  'BACKUP_WARNINGS',
  'BACKUPS_DAMAGED',
  'CLEANUP_STOPPED',
  'DRILL_FAILED',
  'SIZE_UNUSUAL',
  'ROWS_UNUSUAL',
  'SCHEDULER_MISSING',
]);

function aboutStores(warning: HealthWarning): Pick<Item, 'tone' | 'title'> {
  switch (warning.code) {
    case 'COPY_BEHIND':
      return { tone: 'bad', title: `The copies in ${warning.store} are behind` };
    case 'STORE_FAILING':
      return { tone: 'bad', title: `The store ${warning.store} fails its self-tests` };
    case 'SCRUB_FAILING':
      return { tone: 'warn', title: `The store ${warning.store} cannot be checked` };
    case 'RECOVERY_POINT_MISSED':
      return { tone: 'bad', title: 'The recovery point misses its target' };
    case 'RECOVERY_TIME_MISSED':
      return { tone: 'warn', title: 'The recovery time misses its target' };
    case 'STORE_ROLLED_BACK':
      return { tone: 'bad', title: `The store ${warning.store} shows an older state than it had` };
    case 'STORE_DOCUMENT_REFUSED':
      return { tone: 'bad', title: `The store ${warning.store} has a document that cannot be believed` };
    case 'ONLY_IN_DATABASE':
      return { tone: 'warn', title: 'Every backup is inside the database itself' };
    case 'DATABASE_UNREACHABLE':
      return { tone: 'bad', title: 'The protected database does not answer' };
    case 'DATABASES_UNPROTECTED':
      return { tone: 'warn', title: `${counted(warning.total, 'database')} not protected` };
    case 'CHANNEL_FAILING':
      return { tone: 'warn', title: `The channel ${warning.channel} does not take its messages` };
    default:
      return { tone: 'warn', title: 'Look at the stores' };
  }
}

function actionFor(warning: HealthWarning, running: boolean): ReactNode {
  switch (warning.code) {
    case 'RECOVERY_POINT_MISSED':
      return running ? null : <BackUpNow size="xs" />;
    case 'RECOVERY_TIME_MISSED':
    case 'DATABASE_UNREACHABLE':
      return null;
    case 'DATABASES_UNPROTECTED':
      return <See screen="databases" />;
    case 'CHANNEL_FAILING':
      return <See screen="channels" />;
    case 'STORE_DOCUMENT_REFUSED':
      return warning.backupId === null ? (
        <QuarantineDocument {...warning} />
      ) : (
        <SeeBackup id={warning.backupId} />
      );
    default:
      return <See screen="stores" />;
  }
}

function See({ screen }: { screen: 'stores' | 'databases' | 'channels' }) {
  return (
    <Button variant="default" size="xs" component={Link} href={`/${screen}`}>
      See the {screen}
    </Button>
  );
}

const namedAtMost = 5;

function namesOf({ tables, total }: MissingTablesAnswer): string {
  const named = tables.slice(0, namedAtMost);
  const names = named.map(({ table, rows }) => `${table} (${counted(rows, 'row')})`).join(', ');
  return total > named.length ? `${names} and ${counted(total - named.length, 'other')}` : names;
}

function SeeBackup({ id }: { id: number }) {
  return (
    <Button variant="default" size="xs" component={Link} href={`/backups/${id}`}>
      See backup {id}
    </Button>
  );
}
