import { Anchor, Button } from '@mantine/core';
import { Link } from 'wouter';
import { client, type Drill } from '../data/client.ts';
import { drillOutcome, DrillVerdict } from '../parts/drill-parts.tsx';
import { Time } from '../parts/figures.tsx';
import { EmptyState } from '../parts/notes.tsx';
import { collectPages } from './collect.ts';
import { drillColumns } from './export-columns.ts';
import classes from './history-list.module.css';
import { HistoryList } from './history-list.tsx';
import { useDrillHistory } from './queries.ts';

const allDrills = (signal: AbortSignal): Promise<Drill[]> =>
  collectPages(
    (cursor) => client.listDrills({ limit: 200, ...(cursor === undefined ? {} : { cursor }) }, { signal }),
    (page) => page.drills,
  );

/** Backups that were restored to prove them, with their certificates. */
export function DrillHistory() {
  const list = useDrillHistory();
  return (
    <HistoryList
      title="Drills"
      list={list}
      export={{ name: 'drills', columns: drillColumns, collect: allDrills }}
      empty={
        <EmptyState
          title="No backup has been proved by restoring it yet"
          action={
            <Button component={Link} href="/backups">
              Choose a backup
            </Button>
          }
        >
          A drill restores a backup into a scratch database and compares. The page of each backup offers it.
        </EmptyState>
      }
      columns={[
        {
          title: 'Backup',
          heading: true,
          cell: (row) => (
            <Anchor component={Link} className={classes.whole} href={`/backups/${row.backupId}`}>
              Backup {row.backupId}
            </Anchor>
          ),
        },
        { title: 'Verdict', cell: (row) => <DrillVerdict drill={row} /> },
        { title: 'Store', cell: (row) => row.store },
        {
          title: 'When',
          cell: (row) => (
            <span className={classes.whole}>
              <Time at={row.startedAt ?? row.createdAt} />
            </span>
          ),
        },
        ...drillOutcome,
      ]}
    />
  );
}
