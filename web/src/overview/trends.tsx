import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { BackupSummary } from '../data/client.ts';
import { formatBytes } from '../format/numbers.ts';
import { durationOf, formatDuration, formatTime } from '../format/times.ts';
import { Bytes, Time } from '../parts/figures.tsx';
import { EmptyState } from '../parts/notes.tsx';
import { RowTable } from '../parts/row-table.tsx';
import { Boundary } from '../parts/boundary.tsx';
import classes from './trends.module.css';

const Chart = lazy(() => import('./chart.tsx'));

/** Sizes and durations over time, as charts and as a table for screen readers and for the exact numbers. */
export function Trends({ backups }: { backups: readonly BackupSummary[] }) {
  // Full backups only: sizes of partial ones cannot be compared with them.
  const full = backups.filter(({ type, startedAt }) => type === 'full' && startedAt !== null).toReversed();
  if (full.length < 2) {
    return (
      <EmptyState title="Not enough to compare yet">
        After the second full backup, sizes and durations are drawn here.
      </EmptyState>
    );
  }
  const times = full.map((backup) => new Date(backup.startedAt!).getTime() / 1_000);
  return (
    <>
      {/* Where a chart cannot be drawn, the table still shows the numbers. */}
      <Boundary fallback={() => null}>
        <Suspense fallback={<Skeleton height={212} radius="md" />}>
          <div className={classes.charts}>
            <Chart
              title="Size"
              color="--chart-1"
              times={times}
              values={full.map(({ rawBytes }) => rawBytes)}
              format={formatBytes}
              base={1024}
            />
            <Chart
              title="Duration"
              color="--chart-2"
              times={times}
              values={full.map(durationOf)}
              format={formatDuration}
            />
          </div>
        </Suspense>
      </Boundary>
      <details className={classes.numbers}>
        <summary>The numbers</summary>
        <RowTable
          caption="Sizes and durations of the last full backups"
          rows={full.toReversed()}
          rowKey={({ id }) => id}
          columns={[
            { title: 'Backup', heading: true, cell: ({ id }) => `Backup ${id}` },
            { title: 'Taken', cell: ({ startedAt }) => <Time at={startedAt} /> },
            { title: 'Size', numeric: true, cell: ({ rawBytes }) => <Bytes value={rawBytes} /> },
            { title: 'Stored', numeric: true, cell: ({ storedBytes }) => <Bytes value={storedBytes} /> },
            {
              title: 'Duration',
              numeric: true,
              cell: (backup) => formatDuration(durationOf(backup) ?? 0),
            },
          ]}
        />
      </details>
      <p className="visually-hidden">
        {`${full.length} full backups from ${formatTime(full[0]!.startedAt!)} on; the table above has the numbers.`}
      </p>
    </>
  );
}
