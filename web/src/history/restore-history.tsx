import { Anchor, Button } from '@mantine/core';
import { Link } from 'wouter';
import { client, type RestoreSummary } from '../data/client.ts';
import { durationOf, formatDuration } from '../format/times.ts';
import { Nothing, Time } from '../parts/figures.tsx';
import { EmptyState } from '../parts/notes.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { scopeWords, targetWords } from '../format/run-words.ts';
import { collectPages } from './collect.ts';
import { restoreColumns } from './export-columns.ts';
import classes from './history-list.module.css';
import { HistoryList } from './history-list.tsx';
import { useRestoreHistory } from './queries.ts';
import { Allowed } from '../parts/allowed.tsx';

const allRestores = (signal: AbortSignal): Promise<RestoreSummary[]> =>
  collectPages(
    (cursor) => client.listRestores({ limit: 200, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
    (page) => page.restores,
  );

function Took({ restore }: { restore: RestoreSummary }) {
  const took = durationOf(restore);
  return took === null ? <Nothing /> : formatDuration(took);
}

export function RestoreHistory() {
  const list = useRestoreHistory();
  return (
    <HistoryList
      title="Restores"
      list={list}
      export={{ name: 'restores', columns: restoreColumns, collect: allRestores }}
      empty={
        <EmptyState
          title="Nothing has been restored yet"
          action={
            <Allowed to="restore">
              <Button component={Link} href="/restore">
                Restore something
              </Button>
            </Allowed>
          }
        >
          Try it before you need it: restore into a new database, which changes nothing in this one.
        </EmptyState>
      }
      columns={[
        {
          title: 'Restore',
          heading: true,
          cell: (row) => (
            <Anchor component={Link} className={classes.whole} href={`/restore/${row.id}`}>
              Restore {row.id}
            </Anchor>
          ),
        },
        { title: 'State', cell: (row) => <StateBadge state={row.status} /> },
        { title: 'What', cell: (row) => scopeWords(row) },
        { title: 'Where', cell: targetWords },
        {
          title: 'From',
          cell: (row) => (
            <Anchor component={Link} className={classes.whole} href={`/backups/${row.backupId}`}>
              Backup {row.backupId}
            </Anchor>
          ),
        },
        {
          title: 'Ordered',
          cell: (row) => (
            <span className={classes.whole}>
              <Time at={row.createdAt} />
            </span>
          ),
        },
        { title: 'Took', numeric: true, cell: (row) => <Took restore={row} /> },
        { title: 'Note', cell: (row) => row.error?.message ?? '' },
      ]}
    />
  );
}
