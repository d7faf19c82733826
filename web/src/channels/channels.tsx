import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { channelKindWords } from '../../../src/contract/channel-words.ts';
import { client, type Channel, type ChannelTestAnswer } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { counted } from '../format/numbers.ts';
import { Time } from '../parts/figures.tsx';
import { EmptyState, ErrorNote, Note } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import { Badge } from '../parts/state-badge.tsx';
import { AddChannel, type AddedChannel } from './add-channel.tsx';
import { ChannelActions } from './channel-actions.tsx';
import classes from './channels.module.css';
import { NewSecret } from './new-secret.tsx';
import { Allowed } from '../parts/allowed.tsx';

/** The channels there are, and what the last test of one has shown. */
export function Channels() {
  const { data, error, refetch } = useQuery({
    queryKey: keys.channels,
    queryFn: ({ signal }) => client.listChannels({ signal }),
  });
  const [adding, setAdding] = useState(false);
  const [added, setAdded] = useState<AddedChannel | null>(null);
  const [tested, setTested] = useState<ChannelTestAnswer | null>(null);
  const columns: Column<Channel>[] = [
    ...facts,
    {
      title: 'Actions',
      hiddenTitle: true,
      numeric: true,
      cell: (channel) => <ChannelActions channel={channel} onTested={setTested} />,
    },
  ];
  const shown = added !== null || tested !== null;
  return (
    <Panel
      title="Channels"
      flush={data !== undefined && data.length > 0 && !shown}
      actions={
        <Allowed to="createChannel">
          <Button variant="default" size="xs" onClick={() => setAdding(true)}>
            Add a channel
          </Button>
        </Allowed>
      }
    >
      {added ? <NewSecret {...added} onKept={() => setAdded(null)} /> : null}
      <div role="status" className={tested ? classes.outcomes : undefined}>
        {tested ? (
          <Note
            tone={tested.test.delivered ? 'good' : 'bad'}
            title={
              tested.test.delivered
                ? `The channel ${tested.name} works`
                : `The message did not arrive at ${tested.name}`
            }
          >
            <p>{tested.test.message}</p>
          </Note>
        ) : null}
      </div>
      {error ? (
        <ErrorNote error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton height={80} radius="md" />
      ) : data.length === 0 ? (
        <EmptyState title="There are no channels">
          When backups fail, it shows here and nowhere else. Add a channel, and people are told at once.
        </EmptyState>
      ) : (
        <RowTable caption="Channels" columns={columns} rows={data} rowKey={({ id }) => id} />
      )}
      <AddChannel opened={adding} onClose={() => setAdding(false)} onAdded={setAdded} />
    </Panel>
  );
}

const facts: Column<Channel>[] = [
  { title: 'Name', heading: true, cell: ({ name }) => name },
  { title: 'Kind', cell: ({ kind }) => channelKindWords[kind] },
  { title: 'Address', cell: ({ address }) => <code>{address}</code> },
  {
    title: 'Told of',
    cell: ({ kind, topics }) =>
      kind === 'healthchecks' ? 'Called while all is well' : counted(topics.length, 'topic'),
  },
  {
    title: 'Last message',
    cell: ({ lastSentAt }) => (lastSentAt === null ? 'None yet' : <Time at={lastSentAt} />),
  },
  { title: 'State', cell: (channel) => <ChannelState channel={channel} /> },
];

function ChannelState({
  channel: { enabled, failingSince, lastProblem, waiting, givenUp },
}: {
  channel: Channel;
}) {
  const [tone, words] = !enabled
    ? (['quiet', 'Off'] as const)
    : failingSince !== null
      ? (['bad', 'Fails'] as const)
      : (['good', 'On'] as const);
  const more = [
    ...(failingSince === null || lastProblem === null ? [] : [lastProblem.message]),
    ...(waiting > 0 ? [`${counted(waiting, 'message')} waiting.`] : []),
    ...(givenUp > 0 ? [`${counted(givenUp, 'message')} given up.`] : []),
  ];
  return (
    <>
      <Badge tone={tone}>{words}</Badge> {more.join(' ')}
    </>
  );
}
