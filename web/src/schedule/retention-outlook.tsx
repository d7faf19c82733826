import { Skeleton } from '@mantine/core';
import { counted, formatBytes, formatCount } from '../format/numbers.ts';
import { EmptyState, ErrorNote } from '../parts/notes.tsx';
import type { RetentionPreview } from '../data/client.ts';
import { useAllBackups, type useRetentionPreview } from './queries.ts';
import { RetentionCalendar } from './retention-calendar.tsx';
import { byDay, decided, placeTotals } from './retention-days.ts';
import classes from './retention-outlook.module.css';

interface Props {
  preview: ReturnType<typeof useRetentionPreview>;
  timezone: string;
  /** It belongs to an earlier state of the form. */
  stale: boolean;
}

/** What would be kept and deleted, in a sentence and day by day. */
export function RetentionOutlook({ preview, timezone, stale }: Props) {
  const list = useAllBackups();
  const error = preview.error ?? list.error;
  if (error) {
    return (
      <ErrorNote
        error={error}
        retry={() => {
          void preview.refetch();
          list.retry();
        }}
      />
    );
  }
  if (!preview.data || list.backups.length === 0) {
    return preview.data && list.loaded ? (
      <EmptyState title="There is no backup yet">
        After the first backup, this shows what would be kept.
      </EmptyState>
    ) : (
      <Skeleton height={300} radius="md" />
    );
  }
  const { kept, deleted, deletedBytes } = preview.data.totals;
  const all = decided(list.backups, preview.data);
  return (
    <div className={classes.outlook} data-stale={stale || undefined}>
      <p className={classes.sentence} role="status">
        {deleted === 0 ? (
          <>
            {kept === 1 ? 'The one backup ' : `All ${counted(kept, 'backup')} `}
            <strong>{kept === 1 ? 'stays' : 'stay'}</strong>.
          </>
        ) : (
          <>
            {counted(kept, 'backup')} <strong>{kept === 1 ? 'stays' : 'stay'}</strong>,{' '}
            {counted(deleted, 'backup')} <strong>{deleted === 1 ? 'goes' : 'go'}</strong> with the next
            cleanup: up to {formatBytes(deletedBytes)} are freed.
          </>
        )}
      </p>
      <PlaceTotals preview={preview.data} />
      <ul className={classes.legend} aria-hidden="true">
        <li data-fate="keep">kept</li>
        <li data-fate="delete">deleted</li>
        <li data-fate="both">some of each</li>
      </ul>
      <RetentionCalendar days={byDay(all, timezone)} />
      {list.loaded && list.backups.length < list.total && (
        <p className={classes.note}>
          The calendar shows the newest {formatCount(list.backups.length)} of {counted(list.total, 'backup')}.
        </p>
      )}
    </div>
  );
}

/** Of backups that are in more than one store: how many stay in each. */
function PlaceTotals({ preview }: { preview: RetentionPreview }) {
  const totals = placeTotals(preview);
  if (totals.length === 0) return null;
  return (
    <ul className={classes.places} aria-label="By store">
      {totals.map(({ store, kept, deleted }) => (
        <li key={store}>
          <strong>{store}</strong>: {kept} {kept === 1 ? 'stays' : 'stay'}
          {deleted === 0 ? '' : `, ${deleted} ${deleted === 1 ? 'goes' : 'go'}`}
        </li>
      ))}
    </ul>
  );
}
