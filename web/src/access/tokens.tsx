import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { client, type ApiToken } from '../data/client.ts';
import { useDatabases } from '../data/databases.ts';
import { keys } from '../data/keys.ts';
import { useRefresh } from '../data/refresh.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Time } from '../parts/figures.tsx';
import { EmptyState, ErrorNote } from '../parts/notes.tsx';
import { useNotice } from '../parts/notices.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import { MakeToken } from './make-token.tsx';
import { NewToken } from './new-token.tsx';
import { scopeTitles } from './scope-titles.ts';

const columns: Column<ApiToken>[] = [
  { title: 'Name', heading: true, cell: ({ name }) => name },
  { title: 'May', cell: ({ scopes }) => scopes.map((scope) => scopeTitles[scope]).join(', ') },
  { title: 'Begins with', cell: ({ start }) => <code>{start}…</code> },
  { title: 'Made', cell: ({ createdAt }) => <Time at={createdAt} /> },
  {
    title: 'Last used',
    cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'Never' : <Time at={lastUsedAt} />),
  },
  { title: 'Expires', cell: ({ expiresAt }) => (expiresAt === null ? 'Never' : <Time at={expiresAt} />) },
  {
    title: 'Actions',
    hiddenTitle: true,
    numeric: true,
    cell: (token) => <RevokeToken token={token} />,
  },
];

/** Where there are several databases, or were. */
function columnsFor(tokens: readonly ApiToken[], several: boolean): Column<ApiToken>[] {
  if (!several && tokens.every(({ databases }) => databases === null)) return columns;
  const about: Column<ApiToken> = {
    title: 'Databases',
    cell: ({ databases }) => databases?.join(', ') ?? 'All',
  };
  return columns.toSpliced(2, 0, about);
}

/** The tokens there are, and the one that was made just now. */
export function Tokens() {
  const { data, error, refetch } = useQuery({
    queryKey: keys.tokens,
    queryFn: ({ signal }) => client.listTokens({ signal }),
  });
  const several = (useDatabases().data?.databases.length ?? 0) > 1;
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<{ name: string; token: string } | null>(null);
  return (
    <Panel
      title="Tokens"
      flush={data !== undefined && data.length > 0 && made === null}
      actions={
        <Button variant="default" size="xs" onClick={() => setMaking(true)}>
          Make a token
        </Button>
      }
    >
      {made ? <NewToken {...made} onKept={() => setMade(null)} /> : null}
      {error ? (
        <ErrorNote error={error} retry={() => void refetch()} />
      ) : data === undefined ? (
        <Skeleton height={80} radius="md" />
      ) : data.length === 0 ? (
        <EmptyState title="There are no tokens">
          Give each script, dashboard or agent a token of its own. One for points can take backups before a
          deploy and can do nothing else.
        </EmptyState>
      ) : (
        <RowTable caption="Tokens" columns={columnsFor(data, several)} rows={data} rowKey={({ id }) => id} />
      )}
      <MakeToken opened={making} onClose={() => setMaking(false)} onMade={setMade} />
    </Panel>
  );
}

function RevokeToken({ token: { id, name } }: { token: ApiToken }) {
  const [asking, setAsking] = useState(false);
  const refresh = useRefresh();
  const tell = useNotice();
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setAsking(true)}>
        Revoke<span className="visually-hidden"> token {name}</span>
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Revoke the token ${name}?`}
        ofAll
        confirmLabel="Revoke it"
        danger
        onConfirm={async () => {
          await client.deleteToken(id);
          tell(`The token ${name} is revoked.`);
          await refresh();
        }}
      >
        <p>The next call with it is refused. It cannot be made valid again.</p>
      </ConfirmDialog>
    </>
  );
}
