import { Anchor, Button } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { ScheduleOutcome } from '../data/client.ts';
import { Time } from '../parts/figures.tsx';
import { EmptyState } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable } from '../parts/row-table.tsx';
import { Badge, type Tone } from '../parts/state-badge.tsx';
import classes from './outcomes.module.css';

const words: Record<ScheduleOutcome['outcome'], { text: string; tone: Tone }> = {
  started: { text: 'On time', tone: 'good' },
  late: { text: 'Late', tone: 'warn' },
  skipped: { text: 'Skipped', tone: 'bad' },
};

const shownFirst = 7;

/** What happened at the last due times. */
export function Outcomes({ outcomes }: { outcomes: ScheduleOutcome[] }) {
  const [all, setAll] = useState(false);
  const shown = all ? outcomes : outcomes.slice(0, shownFirst);
  return (
    <Panel title="Outcome of the last runs" flush>
      {outcomes.length === 0 ? (
        <EmptyState title="No run was due yet">
          Each time the schedule is due, this list shows whether the backup started, or why not.
        </EmptyState>
      ) : (
        <RowTable
          caption="The last times the schedule was due"
          columns={[
            { title: 'Due', heading: true, cell: (row) => <Time at={row.dueAt} /> },
            { title: 'Outcome', cell: (row) => <Outcome row={row} /> },
            {
              title: 'Backup',
              cell: (row) =>
                row.backupId === null ? (
                  'none'
                ) : (
                  <Anchor component={Link} href={`/backups/${row.backupId}`}>
                    Backup {row.backupId}
                  </Anchor>
                ),
            },
          ]}
          rows={shown}
          rowKey={(row) => `${row.dueAt} ${row.recordedAt}`}
        />
      )}
      {shown.length < outcomes.length && (
        <div className={classes.more}>
          <Button variant="default" size="xs" onClick={() => setAll(true)}>
            Show {outcomes.length - shown.length} more
          </Button>
        </div>
      )}
    </Panel>
  );
}

function Outcome({ row }: { row: ScheduleOutcome }) {
  const { tone, text } = words[row.outcome];
  return (
    <span className={classes.outcome}>
      <Badge tone={tone}>{text}</Badge>
      {row.reason !== null && <span className={classes.reason}>{row.reason}</span>}
    </span>
  );
}
