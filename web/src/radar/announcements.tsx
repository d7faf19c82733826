import { Button, Skeleton } from '@mantine/core';
import { useState } from 'react';
import { client, type Announcement } from '../data/client.ts';
import { useAnnouncements } from '../data/queries.ts';
import { useRefresh } from '../data/refresh.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Time } from '../parts/figures.tsx';
import { EmptyState, ErrorNote } from '../parts/notes.tsx';
import { useNotice } from '../parts/notices.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import { Announce } from './announce.tsx';
import { Allowed } from '../parts/allowed.tsx';

const columns: Column<Announcement>[] = [
  { title: 'What is to happen', heading: true, cell: ({ reason }) => reason },
  {
    title: 'Tables',
    cell: ({ tables }) => (tables.length === 0 ? 'The whole database' : tables.join(', ')),
  },
  { title: 'From', cell: ({ from }) => <Time at={from} /> },
  { title: 'Until', cell: ({ until }) => <Time at={until} /> },
  {
    title: 'Actions',
    hiddenTitle: true,
    numeric: true,
    cell: (announcement) => <EndAnnouncement announcement={announcement} />,
  },
];

/** Imports and migrations that are announced, so that they raise no alarm. */
export function Announcements() {
  const { data, error, refetch } = useAnnouncements();
  const [announcing, setAnnouncing] = useState(false);
  return (
    <Panel
      title="Announced"
      flush={data !== undefined && data.length > 0}
      actions={
        <Allowed to="announce">
          <Button variant="default" size="xs" onClick={() => setAnnouncing(true)}>
            Announce a change
          </Button>
        </Allowed>
      }
    >
      {error ? (
        <ErrorNote error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton height={80} radius="md" />
      ) : data.length === 0 ? (
        <EmptyState title="Nothing is announced">
          Announce an import, an archiving job or a migration before it begins. What it changes is noted then,
          and stops nothing.
        </EmptyState>
      ) : (
        <RowTable caption="Announcements in force" columns={columns} rows={data} rowKey={({ id }) => id} />
      )}
      <Announce opened={announcing} onClose={() => setAnnouncing(false)} />
    </Panel>
  );
}

function EndAnnouncement({ announcement: { id, reason } }: { announcement: Announcement }) {
  const [asking, setAsking] = useState(false);
  const refresh = useRefresh();
  const tell = useNotice();
  return (
    <>
      <Allowed to="endAnnouncement">
        <Button variant="default" size="xs" onClick={() => setAsking(true)}>
          End<span className="visually-hidden"> announcement: {reason}</span>
        </Button>
      </Allowed>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title="End this announcement?"
        confirmLabel="End it"
        keepLabel="Leave it in force"
        onConfirm={async () => {
          await client.endAnnouncement(id);
          tell(`Announcement ${id} has ended.`);
          await refresh();
        }}
      >
        <p>“{reason}”</p>
        <p>
          What changes from now on raises an alarm again. What changed until now is still explained, in
          whichever backup has it first.
        </p>
      </ConfirmDialog>
    </>
  );
}
