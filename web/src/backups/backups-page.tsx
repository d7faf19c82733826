/*
 * backups/ owns the screens of backups: list, new, one. It never loads another screen.
 */
import { Button } from '@mantine/core';
import { Link } from 'wouter';
import type { BackupListQuery, BackupSummary } from '../data/client.ts';
import { useBackups } from '../data/queries.ts';
import { Icon } from '../parts/icon.tsx';
import { EmptyState, ErrorNote } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import { TableSkeleton } from '../parts/table-skeleton.tsx';
import { BackUpNow } from './back-up-now.tsx';
import { BackupActions } from './backup-actions.tsx';
import * as columns from './backup-columns.tsx';
import { BackupFilters } from './backup-filters.tsx';
import { Pager } from './pager.tsx';
import { RunningNow } from './running-now.tsx';
import { pageSize, useListAddress } from './list-address.ts';
import { Allowed } from '../parts/allowed.tsx';

const shown: Column<BackupSummary>[] = [
  columns.nameColumn,
  columns.stateColumn,
  columns.kindColumn,
  columns.startedColumn,
  columns.rowsColumn,
  columns.sizeColumn,
  columns.storedColumn,
  columns.reusedColumn,
  columns.durationColumn,
  {
    title: 'Actions',
    hiddenTitle: true,
    numeric: true,
    corner: true,
    cell: (backup) => <BackupActions backup={backup} />,
  },
];

export default function BackupsPage() {
  const address = useListAddress();
  const { filters, cursors } = address;
  const query: BackupListQuery = { ...filters, limit: pageSize, cursor: cursors.at(-1) };
  const list = useBackups(query);
  const filtered = Object.values(filters).some((value) => value !== undefined);
  return (
    <>
      <PageHeader
        title="Backups"
        actions={
          <Allowed to="createBackup">
            <Button component={Link} href="/backups/new" leftSection={<Icon name="plus" />}>
              New backup
            </Button>
          </Allowed>
        }
      />
      <RunningNow />
      <BackupFilters filters={filters} onChange={address.setFilters} />
      {list.error ? <ErrorNote error={list.error} retry={() => void list.refetch()} /> : null}
      <Panel flush>
        {list.data === undefined ? (
          list.error ? null : (
            <TableSkeleton rows={8} />
          )
        ) : list.data.backups.length === 0 ? (
          <Empty filtered={filtered} onClear={() => address.setFilters({})} />
        ) : (
          <RowTable
            caption="Backups, newest first"
            columns={columns.withCopies(shown, list.data.backups)}
            rows={list.data.backups}
            rowKey={({ id }) => id}
            stale={list.isPlaceholderData}
          />
        )}
      </Panel>
      {list.data ? (
        <Pager
          total={list.data.total}
          shown={list.data.backups.length}
          page={cursors.length}
          pageSize={pageSize}
          onNewer={cursors.length > 0 ? address.newer : undefined}
          onOlder={list.data.nextCursor ? () => address.older(list.data.nextCursor!) : undefined}
        />
      ) : null}
    </>
  );
}

function Empty({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  return filtered ? (
    <EmptyState
      title="No backups match"
      action={
        <Button variant="default" onClick={onClear}>
          Show all
        </Button>
      }
    >
      No backup matches all of these filters.
    </EmptyState>
  ) : (
    <EmptyState title="No backups yet" action={<BackUpNow />}>
      A backup reads everything in one snapshot while the application keeps running.
    </EmptyState>
  );
}
