import { Button, Group, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { guardedCallInWords, neededFor, stateInWords } from '../../../src/contract/approval-words.ts';
import { admitted } from '../../../src/contract/scopes.ts';
import { client, type Approval } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import { useAskEvery } from '../data/live.tsx';
import { Time } from '../parts/figures.tsx';
import { EmptyState, ErrorNote } from '../parts/notes.tsx';
import { useNotice } from '../parts/notices.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable } from '../parts/row-table.tsx';
import { useAttempt } from '../parts/use-attempt.ts';
import { useSession } from '../session/session.ts';

/** Calls that need a second actor: what waits is approved or refused here. */
export function Approvals() {
  const every = useAskEvery();
  const list = useQuery({
    queryKey: keys.approvals,
    queryFn: ({ signal }) => client.listApprovals({}, { signal }),
    refetchInterval: ({ state: { data } }) =>
      every(data?.approvals.some(({ state }) => state === 'pending' || state === 'approved') === true),
  });
  if (!list.data) {
    return list.error ? (
      <ErrorNote error={list.error} retry={() => void list.refetch()} />
    ) : (
      <Skeleton height={160} radius="md" />
    );
  }
  const { rule, approvals } = list.data;
  const needs = neededFor(rule);
  return (
    <Panel title="Calls that need a second actor" flush={approvals.length > 0}>
      {approvals.length === 0 ? (
        <EmptyState title="No call has needed a second actor yet">
          {needs === ''
            ? 'Nothing needs one here: the option fourEyes of the application says what does.'
            : `Needed for ${needs}. Such a call is refused at first and listed here; once another actor has approved it, it is done again.`}
        </EmptyState>
      ) : (
        <RowTable
          caption="Calls that need a second actor"
          rows={approvals}
          rowKey={({ id }) => id}
          columns={[
            { title: 'When', heading: true, cell: (row) => <Time at={row.requestedAt} /> },
            { title: 'Who', cell: (row) => row.requestedBy },
            { title: 'Call', cell: (row) => <code>{guardedCallInWords(row)}</code> },
            { title: 'State', cell: stateInWords },
            { title: 'Until', cell: (row) => <Time at={row.expiresAt} />, wideOnly: true },
            { title: 'Decide', hiddenTitle: true, numeric: true, cell: (row) => <Decide approval={row} /> },
          ]}
        />
      )}
    </Panel>
  );
}

function Decide({ approval: { id, state, scope } }: { approval: Approval }) {
  const { scopes } = useSession();
  const [pending, attempt] = useAttempt();
  const tell = useNotice();
  if (!admitted(scopes, scope) || (state !== 'pending' && state !== 'approved')) return null;
  const decide = (decision: 'approve' | 'refuse'): Promise<void> =>
    attempt(async () => {
      await client.decideApproval(id, { decision });
      tell(
        decision === 'approve'
          ? `Call ${id} is approved. Its actor can do it now.`
          : `Call ${id} is refused.`,
      );
    });
  return (
    <Group gap="xs" wrap="nowrap">
      {state === 'pending' ? (
        <Button size="xs" loading={pending} onClick={() => void decide('approve')}>
          Approve<span className="visually-hidden"> call {id}</span>
        </Button>
      ) : null}
      <Button variant="default" size="xs" disabled={pending} onClick={() => void decide('refuse')}>
        Refuse<span className="visually-hidden"> call {id}</span>
      </Button>
    </Group>
  );
}
