import { Link } from 'wouter';
import type { BackupSummary } from '../data/client.ts';
import { isAlive } from '../data/queries.ts';
import { formatShare } from '../format/numbers.ts';
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
      {backup.description !== null || backup.type === 'partial' ? (
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

export const durationColumn: Column<BackupSummary> = {
  title: 'Duration',
  numeric: true,
  cell: (backup) => {
    const took = durationOf(backup);
    return took === null || isAlive(backup) ? <Nothing /> : formatDuration(took);
  },
};
