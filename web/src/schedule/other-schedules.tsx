import { useQuery } from '@tanstack/react-query';
import { client, type Schedule } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { Time } from '../parts/figures.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable } from '../parts/row-table.tsx';
import { Badge } from '../parts/state-badge.tsx';
import { draftOf } from './schedule-draft.ts';
import { scheduleSentence } from './schedule-words.ts';

/** Named schedules, which are set over the API, shown here because their backups are listed too. */
export function OtherSchedules({ shown }: { shown: string }) {
  const { data } = useQuery({
    queryKey: [...keys.schedule, 'all'],
    queryFn: ({ signal }) => client.listSchedules({ signal }),
  });
  const others = data?.filter((schedule) => schedule.name !== shown) ?? [];
  if (others.length === 0) return null;
  return (
    <Panel title="Other schedules" flush>
      <RowTable<Schedule>
        caption="Schedules that are set over the API"
        columns={[
          { title: 'Name', heading: true, cell: (row) => row.name },
          {
            title: 'State',
            cell: (row) => <Badge tone={row.enabled ? 'good' : 'quiet'}>{row.enabled ? 'On' : 'Off'}</Badge>,
          },
          { title: 'When', cell: (row) => scheduleSentence(draftOf(row)) },
          { title: 'Next run', cell: (row) => <Time at={row.nextRunAt} /> },
        ]}
        rows={others}
        rowKey={(row) => row.name}
      />
    </Panel>
  );
}
