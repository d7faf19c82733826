/*
 * databases/ owns the screen of all databases: how each is, and which ones nothing protects. It never shows what is in one.
 */
import { Skeleton } from '@mantine/core';
import { useDatabases } from '../data/databases.ts';
import { counted } from '../format/numbers.ts';
import { ErrorNote, Note } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';
import { DatabaseTable } from './database-table.tsx';
import classes from './databases-page.module.css';
import { GoneDatabase } from './gone-database.tsx';
import { Unprotected } from './unprotected.tsx';

export default function DatabasesPage() {
  const { data, error, refetch } = useDatabases({ watched: true });
  const gone = data?.databases.filter(({ state }) => state === 'gone') ?? [];
  return (
    <div className={classes.parts}>
      <PageHeader title="Databases">
        Every database that this Holdfast protects. Each has its own backups, schedules, retention and stores.
      </PageHeader>
      {error ? <ErrorNote error={error} retry={() => void refetch()} /> : null}
      {data?.unseen.map(({ server, problem }) => (
        <Note key={server} tone="warn" title={`Which databases ${server} has is not known`}>
          <p>{problem} What nothing protects there is not listed.</p>
        </Note>
      ))}
      <Panel
        title={data ? counted(data.databases.length, 'database') : 'Databases'}
        flush={data !== undefined}
      >
        {data ? <DatabaseTable databases={data.databases} /> : <Skeleton height={160} radius="md" />}
      </Panel>
      {gone.map((database) => (
        <GoneDatabase key={database.name} database={database} />
      ))}
      {data && data.unprotected.length > 0 ? <Unprotected answer={data} /> : null}
    </div>
  );
}
