import { Anchor, Button } from '@mantine/core';
import type { DatabaseSummary } from '../data/client.ts';
import { inDatabase, pageRoot } from '../data/place.ts';
import { databaseMark } from '../format/database-words.ts';
import { Bytes, Nothing, Time } from '../parts/figures.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import { Badge } from '../parts/state-badge.tsx';

/** Every database that is protected; the name leads to its overview. */
export function DatabaseTable({ databases }: { databases: readonly DatabaseSummary[] }) {
  return <RowTable caption="Databases" columns={columns} rows={databases} rowKey={({ name }) => name} />;
}

// By an ordinary link: the page is loaded anew.
const overviewOf = (name: string): string => inDatabase(`${pageRoot}/`, name);

const columns: Column<DatabaseSummary>[] = [
  {
    title: 'Name',
    heading: true,
    cell: ({ name, state }) => (state === 'gone' ? name : <Anchor href={overviewOf(name)}>{name}</Anchor>),
  },
  {
    title: 'Health',
    corner: true,
    cell: (database) => {
      const { tone, word } = databaseMark(database);
      return <Badge tone={tone}>{word}</Badge>;
    },
  },
  { title: 'Last good backup', cell: ({ lastGoodAt }) => <Time at={lastGoodAt} relative /> },
  { title: 'Backups', numeric: true, cell: ({ backups }) => <Backups backups={backups} /> },
  { title: 'Size', numeric: true, cell: ({ storedBytes }) => <Bytes value={storedBytes} /> },
  {
    title: 'Running',
    cell: ({ running }) => (running === null ? <Nothing /> : `${running.kind} ${running.id}`),
  },
  { title: 'Server', cell: ({ server }) => server },
  { title: 'Protected', cell: ({ enrolled }) => (enrolled ? 'By a rule' : 'By name') },
  { title: 'Note', cell: (database) => <Remark database={database} /> },
];

function Backups({ backups }: Pick<DatabaseSummary, 'backups'>) {
  if (backups === null) return <Nothing />;
  return (
    <span className="figures">
      {backups.completed}
      {backups.damaged > 0 ? `, ${backups.damaged} damaged` : ''}
    </span>
  );
}

function Remark({ database: { name, state, problem, health } }: { database: DatabaseSummary }) {
  if (state === 'not-initialized') {
    return (
      <Button component="a" size="xs" href={overviewOf(name)}>
        Set up<span className="visually-hidden"> {name}</span>
      </Button>
    );
  }
  if (problem !== null) return problem;
  return health === null || health.state === 'healthy' ? null : health.message;
}
