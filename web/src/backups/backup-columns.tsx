import { Link } from 'wouter';
import type { BackupSummary } from '../data/client.ts';
import { isAlive } from '../data/queries.ts';
import { formatShare } from '../format/numbers.ts';
import { copyNames } from '../format/store-words.ts';
import { durationOf, formatDuration } from '../format/times.ts';
import { Bytes, Count, Nothing, Time } from '../parts/figures.tsx';
import { Icon } from '../parts/icon.tsx';
import type { Column } from '../parts/row-table.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import { Badge, StateBadge } from '../parts/state-badge.tsx';
import classes from './backup-columns.module.css';
import { kindOf, reusedShare, scopeOf } from './backup-words.ts';

/** The columns of lists of backups. */
export const nameColumn: Column<BackupSummary> = {
  title: 'Backup',
  heading: true,
  cell: (backup) => (
    <span className={classes.name}>
      <span className={classes.first}>
        <Link href={`/backups/${backup.id}`} className={classes.link}>
          Backup {backup.id}
        </Link>
        {backup.pinned ? (
          <span className={classes.pin} title="Pinned: the retention policy never deletes it">
            <Icon name="pin" size={14} />
            <span className="visually-hidden">pinned</span>
          </span>
        ) : null}
      </span>
      {backup.description !== null || backup.type !== 'full' ? (
        <span className={classes.description}>{backup.description ?? scopeOf(backup)}</span>
      ) : null}
    </span>
  ),
};

export const stateColumn: Column<BackupSummary> = {
  title: 'State',
  cell: (backup) =>
    backup.status === 'running' ? (
      <span className={classes.live}>
        <StateBadge state="running" />
        <RunProgress
          name={`Backup ${backup.id}`}
          progress={backup.progress}
          startedAt={backup.startedAt}
          compact
        />
      </span>
    ) : backup.damaged ? (
      <Badge tone="bad">Damaged</Badge>
    ) : (
      <StateBadge state={backup.status} />
    ),
};

export const kindColumn: Column<BackupSummary> = { title: 'Kind', cell: kindOf };

export const startedColumn: Column<BackupSummary> = {
  title: 'Started',
  cell: ({ startedAt, createdAt }) => <Time at={startedAt ?? createdAt} />,
};

export const rowsColumn: Column<BackupSummary> = {
  title: 'Rows',
  numeric: true,
  cell: ({ rowCount }) => <Count value={rowCount} />,
};

export const sizeColumn: Column<BackupSummary> = {
  title: 'Size',
  numeric: true,
  cell: ({ rawBytes }) => <Bytes value={rawBytes} />,
};

export const storedColumn: Column<BackupSummary> = {
  title: 'Stored',
  numeric: true,
  cell: ({ storedBytes }) => <Bytes value={storedBytes} />,
};

export const reusedColumn: Column<BackupSummary> = {
  title: 'Reused',
  numeric: true,
  cell: (backup) => {
    const share = reusedShare(backup);
    return share === null ? <Nothing /> : formatShare(share);
  },
};

/** Where else it is. Only shown in a list with copies. */
export const copiesColumn: Column<BackupSummary> = {
  title: 'Copies',
  cell: ({ copies }) => {
    if (copies.length === 0) return <Nothing />;
    const made = copies.filter(({ state }) => state === 'copied').length;
    const bad = copies.some(({ state }) => state === 'failed' || state === 'damaged');
    const each = copies.map(({ store, state }) => `${store}: ${copyNames[state].toLowerCase()}`).join(', ');
    return (
      <span
        className={classes.copies}
        data-tone={bad ? 'bad' : made === copies.length ? 'good' : 'warn'}
        title={each}
      >
        <Icon name={made === copies.length ? 'check' : bad ? 'alert' : 'copy'} size={14} />
        <span className="figures" aria-hidden="true">
          {made}/{copies.length}
        </span>
        <span className="visually-hidden">{each}</span>
      </span>
    );
  },
};

/** `columns`, with the copies before the last one if any of the backups has or is to have one. */
export function withCopies(
  columns: readonly Column<BackupSummary>[],
  backups: readonly BackupSummary[],
): Column<BackupSummary>[] {
  if (!backups.some(({ copies }) => copies.length > 0)) return [...columns];
  return columns.toSpliced(-1, 0, copiesColumn);
}

export const durationColumn: Column<BackupSummary> = {
  title: 'Duration',
  numeric: true,
  cell: (backup) => {
    const took = durationOf(backup);
    return took === null || isAlive(backup) ? <Nothing /> : formatDuration(took);
  },
};
