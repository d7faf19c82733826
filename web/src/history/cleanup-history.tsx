import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { client } from '../data/client.ts';
import { isAlive } from '../data/queries.ts';
import { useRefresh } from '../data/refresh.ts';
import { counted } from '../format/numbers.ts';
import { Bytes, Count, Time } from '../parts/figures.tsx';
import { EmptyState } from '../parts/notes.tsx';
import { useFailureNotice, useNotice } from '../parts/notices.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { collectPages } from './collect.ts';
import classes from './cleanup-history.module.css';
import { cleanupColumns } from './export-columns.ts';
import { HistoryList } from './history-list.tsx';
import { isDone, useCleanupHistory, type DoneCleanup } from './queries.ts';
import { Allowed } from '../parts/allowed.tsx';

const allCleanups = (signal: AbortSignal): Promise<DoneCleanup[]> =>
  collectPages(
    (cursor) => client.listCleanups({ limit: 200, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
    (page) => page.cleanups.filter(isDone),
  );

const triggerWords: Record<string, string> = {
  manual: 'By hand',
  schedule: 'After a scheduled backup',
};

export function CleanupHistory() {
  const list = useCleanupHistory();
  return (
    <HistoryList
      title="Cleanups"
      list={list}
      export={{ name: 'cleanups', columns: cleanupColumns, collect: allCleanups }}
      empty={
        <EmptyState
          title="Nothing has been deleted yet"
          action={
            <Button component={Link} href="/schedule/retention" variant="default">
              See what is kept
            </Button>
          }
        >
          Backups deleted by the retention policy or by hand are listed here, each with the reason.
        </EmptyState>
      }
      columns={[
        { title: 'When', heading: true, cell: (row) => <Time at={row.createdAt} /> },
        { title: 'State', cell: (row) => <StateBadge state={row.status} /> },
        { title: 'Why', cell: (row) => row.error?.message ?? row.reason },
        { title: 'By', cell: (row) => triggerWords[row.trigger] ?? row.trigger },
        { title: 'Backups', cell: (row) => <Deleted cleanup={row} /> },
        { title: 'Chunks', numeric: true, cell: (row) => <Count value={row.chunksDeleted} /> },
        { title: 'Freed', numeric: true, cell: (row) => <Bytes value={row.bytesFreed} /> },
        {
          title: 'Actions',
          hiddenTitle: true,
          numeric: true,
          cell: (row) => <CancelCleanup cleanup={row} />,
        },
      ]}
    />
  );
}

/** What it has deleted stays deleted. */
function CancelCleanup({ cleanup }: { cleanup: DoneCleanup }) {
  const refresh = useRefresh();
  const tell = useNotice();
  const failed = useFailureNotice();
  if (!isAlive(cleanup)) return null;
  const cancel = async (): Promise<void> => {
    await client.cancelCleanup(cleanup.id);
    tell(`Cleanup ${cleanup.id} is being cancelled. What it has deleted stays deleted.`);
    await refresh();
  };
  return (
    <Allowed to="cancelCleanup">
      <Button size="xs" variant="default" onClick={() => void cancel().catch(failed)}>
        Cancel<span className="visually-hidden"> cleanup {cleanup.id}</span>
      </Button>
    </Allowed>
  );
}

/** Which backups were deleted and why; loaded when it is opened. */
function Deleted({ cleanup }: { cleanup: DoneCleanup }) {
  if (cleanup.backups.length === 0) return 'none';
  return (
    <details className={classes.details}>
      <summary>{counted(cleanup.backups.length, 'backup')}</summary>
      <ul>
        {cleanup.backups.map((backup) => (
          <li key={backup.id}>
            Backup {backup.id}
            {backup.reasons && backup.reasons.length > 0 ? `: ${backup.reasons.join('; ')}` : ''}
          </li>
        ))}
      </ul>
    </details>
  );
}
