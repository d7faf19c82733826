import { Button, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { client, type BackupContents, type DiffAnswer } from '../data/client.ts';
import { counted } from '../format/numbers.ts';
import { EmptyState, ErrorNote } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import { useLeaving } from '../parts/use-leaving.ts';
import classes from './backup-rows.module.css';
import { TableField } from './table-field.tsx';
import { Value, ValueTable } from './value-table.tsx';

interface Asked {
  table: string;
  against: 'live' | number;
}

/** Which rows of a table differ from those of this backup. */
export function BackupDiff({ id, contents }: { id: number; contents: BackupContents }) {
  const [first] = contents.tables;
  const [table, setTable] = useState(first?.table ?? null);
  const [against, setAgainst] = useState('');
  const leaving = useLeaving();
  const comparison = useMutation({
    mutationFn: (asked: Asked) => client.diffBackup(id, asked, { signal: leaving() }),
  });
  if (!first) return <EmptyState title="No tables" />;
  const other = against.trim();
  const isNumber = /^[1-9]\d{0,14}$/.test(other);
  const compare = (event: FormEvent): void => {
    event.preventDefault();
    if (table === null || comparison.isPending || !(other === '' || isNumber)) return;
    comparison.mutate({ table, against: isNumber ? Number(other) : 'live' });
  };
  return (
    <>
      <form className={classes.tools} onSubmit={compare}>
        <TableField contents={contents} value={table} onChange={setTable} />
        <TextInput
          className={classes.field}
          label="Against"
          description="The number of another backup. Empty: the database as it is now"
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          inputMode="numeric"
          error={other === '' || isNumber ? null : 'A backup is named by its number.'}
          value={against}
          onChange={(event) => setAgainst(event.currentTarget.value)}
        />
        <Button type="submit" className={classes.show} loading={comparison.isPending}>
          Compare
        </Button>
      </form>
      {comparison.error ? <ErrorNote error={comparison.error} /> : null}
      {comparison.data ? <Differences diff={comparison.data} /> : null}
    </>
  );
}

function Differences({ diff }: { diff: DiffAnswer }) {
  const { backupId, against, added, removed, changed, unchanged, columns, rows, more } = diff;
  const here = `backup ${backupId}`;
  const there = against === 'live' ? 'the database' : `backup ${against}`;
  if (added + removed + changed === 0) {
    return (
      <>
        <Panel flush>
          <EmptyState title="No row differs">{counted(unchanged, 'row')} are the same.</EmptyState>
        </Panel>
        <Remarks diff={diff} />
      </>
    );
  }
  const removedRows = rows.flatMap((row) => (row.change === 'removed' && row.backup ? [row.backup] : []));
  const addedRows = rows.flatMap((row) => (row.change === 'added' && row.other ? [row.other] : []));
  return (
    <>
      <p className={classes.read} role="status">
        {`${counted(removed, 'row')} only in ${here}, ${counted(changed, 'row')} changed, ${counted(added, 'row')} only in ${there}, ${counted(unchanged, 'row')} the same. `}
        {more ? 'Not all of them are shown.' : ''}
      </p>
      <Remarks diff={diff} />
      {removedRows.length > 0 ? (
        <Panel flush title={`Only in ${here}`}>
          <ValueTable caption={`Only in ${here}`} columns={columns} rows={removedRows} />
        </Panel>
      ) : null}
      <ChangedValues diff={diff} here={here} there={there} />
      {addedRows.length > 0 ? (
        <Panel flush title={`Only in ${there}`}>
          <ValueTable caption={`Only in ${there}`} columns={columns} rows={addedRows} />
        </Panel>
      ) : null}
    </>
  );
}

interface ChangedValue {
  row: string;
  column: string;
  was: string | null;
  is: string | null;
}

/** Column by column. */
function ChangedValues({ diff, here, there }: { diff: DiffAnswer; here: string; there: string }) {
  const { key, columns, rows } = diff;
  const values = rows.flatMap(({ backup, other, differing }) =>
    differing.map((column): ChangedValue => {
      const at = columns.findIndex(({ name }) => name === column);
      const row = key.map((name, i) => `${name} ${backup?.[i] ?? ''}`).join(', ');
      return { row, column, was: backup?.[at] ?? null, is: other?.[at] ?? null };
    }),
  );
  if (values.length === 0) return null;
  const shown: Column<ChangedValue>[] = [
    { title: 'Row', heading: true, cell: ({ row }) => <Value text={row} /> },
    { title: 'Column', cell: ({ column }) => column },
    { title: `In ${here}`, cell: ({ was }) => <Value text={was} /> },
    { title: `In ${there}`, cell: ({ is }) => <Value text={is} /> },
  ];
  return (
    <Panel flush title="Changed">
      <RowTable
        caption="Changed values"
        columns={shown}
        rows={values}
        rowKey={({ row, column }) => JSON.stringify([row, column])}
      />
    </Panel>
  );
}

function Remarks({ diff: { onlyInBackup, onlyInOther, otherTypes } }: { diff: DiffAnswer }) {
  const remarks = [
    ...(onlyInBackup.length > 0 ? [`Only the backup has the columns ${onlyInBackup.join(', ')}.`] : []),
    ...(onlyInOther.length > 0 ? [`The backup does not have the columns ${onlyInOther.join(', ')}.`] : []),
    ...otherTypes.map(
      ({ name, backup, other }) => `${name} was ${backup} and is ${other}: its values are compared as text.`,
    ),
  ];
  return remarks.length === 0 ? null : <p className={classes.read}>{remarks.join(' ')}</p>;
}
