import { Link } from 'wouter';
import type { ScheduleOutcome } from '../data/client.ts';
import { Time } from '../parts/figures.tsx';
import { EmptyState } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable } from '../parts/row-table.tsx';
import { Badge, type Tone } from '../parts/state-badge.tsx';

const words: Record<ScheduleOutcome['outcome'], { text: string; tone: Tone }> = {
  started: { text: 'On time', tone: 'good' },
  late: { text: 'Late', tone: 'warn' },
  skipped: { text: 'Skipped', tone: 'bad' },
};

/** Whether the schedule kept its word. */
export function Outcomes({ outcomes }: { outcomes: ScheduleOutcome[] }) {
  return (
    <Panel title="What became of the last runs" flush>
      {outcomes.length === 0 ? (
        <EmptyState title="No run was due yet">
          Each time the schedule is due it says here whether the backup began, and why not.
        </EmptyState>
      ) : (
        <RowTable
          caption="The last times the schedule was due"
          columns={[
            { title: 'Due', heading: true, cell: (row) => <Time at={row.dueAt} /> },
            {
              title: 'Outcome',
              cell: (row) => <Badge tone={words[row.outcome].tone}>{words[row.outcome].text}</Badge>,
            },
            {
              title: 'Backup',
              cell: (row) =>
                row.backupId === null ? (
                  'none'
                ) : (
                  <Link href={`/backups/${row.backupId}`}>Backup {row.backupId}</Link>
                ),
            },
            { title: 'Why', cell: (row) => row.reason ?? '' },
          ]}
          rows={outcomes}
          rowKey={(row) => `${row.dueAt} ${row.recordedAt}`}
        />
      )}
    </Panel>
  );
}
