import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { client, type HistoryAnswer } from '../data/client.ts';
import { counted } from '../format/numbers.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import classes from './backup-rows.module.css';
import { Value } from './value-table.tsx';

type Version = HistoryAnswer['versions'][number];

/** How a row was in each backup, for one who asks. */
export function RowHistory({ table, rowKey }: { table: string; rowKey: string | Record<string, string> }) {
  const history = useMutation({ mutationFn: () => client.rowHistory({ table, key: rowKey }) });
  if (history.error) return <ErrorNote error={history.error} retry={() => history.mutate()} />;
  if (history.data) return <Versions history={history.data} />;
  return (
    <p className={classes.read}>
      <Button variant="subtle" size="compact-sm" loading={history.isPending} onClick={() => history.mutate()}>
        How it was in each backup
      </Button>
    </p>
  );
}

function Versions({ history: { versions, skipped, backups, more } }: { history: HistoryAnswer }) {
  const columns: Column<Version>[] = [
    { title: 'Backups', heading: true, cell: ({ first, last }) => placesOf(first.id, last.id) },
    { title: 'The row', cell: (version) => words(version, versions[versions.indexOf(version) - 1]) },
    { title: 'Values', cell: ({ values, differing }) => <Values values={values} differing={differing} /> },
  ];
  return (
    <>
      <Panel flush title="In each backup">
        <RowTable
          caption="How the row was in each backup"
          columns={columns}
          rows={versions}
          rowKey={({ first }) => first.id}
        />
      </Panel>
      <p className={classes.read}>
        {`${counted(backups, 'backup')} looked into${more ? ', and there are older ones' : ''}.`}
        {skipped.map(({ id, why }) => ` Backup ${id} was skipped: ${why}`).join('')}
      </p>
    </>
  );
}

function placesOf(first: number, last: number): string {
  return first === last ? String(first) : `${first} to ${last}`;
}

function words({ state, differing }: Version, before: Version | undefined): string {
  if (state === 'no table') return 'There was no such table';
  if (state === 'not there') return before?.state === 'there' ? 'Is gone' : 'Is not there';
  if (before?.state !== 'there') return before ? 'Has come' : 'Is there';
  return `Changed: ${differing.join(', ')}`;
}

/** What has changed, or all of a row that has come. */
function Values({ values, differing }: Pick<Version, 'values' | 'differing'>) {
  if (!values) return null;
  const names = differing.length > 0 ? differing : Object.keys(values);
  return (
    <ul className={classes.values}>
      {names.map((name) => (
        <li key={name}>
          {name}: <Value text={values[name] ?? null} />
        </li>
      ))}
    </ul>
  );
}
