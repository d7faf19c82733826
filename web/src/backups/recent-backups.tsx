import { Skeleton } from '@mantine/core';
import type { BackupSummary } from '../data/client.ts';
import { EmptyState } from '../parts/notes.tsx';
import { RowTable } from '../parts/row-table.tsx';
import {
  durationColumn,
  kindColumn,
  nameColumn,
  rowsColumn,
  sizeColumn,
  startedColumn,
  stateColumn,
  withCopies,
} from './backup-columns.tsx';

const columns = [
  nameColumn,
  stateColumn,
  { ...kindColumn, wideOnly: true },
  startedColumn,
  { ...rowsColumn, wideOnly: true },
  sizeColumn,
  durationColumn,
];

export function RecentBackups({ backups }: { backups: readonly BackupSummary[] | undefined }) {
  if (!backups) return <Skeleton height={260} m="md" radius="md" w="auto" />;
  if (backups.length === 0) {
    return (
      <EmptyState title="No backups yet">
        The first backup takes seconds to minutes, depending on the size of the database.
      </EmptyState>
    );
  }
  return (
    <RowTable
      caption="Latest backups"
      columns={withCopies(columns, backups)}
      rows={backups}
      rowKey={({ id }) => id}
    />
  );
}
