import { Button, Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { client, type BackupContents } from '../data/client.ts';
import { keys } from '../data/keys.ts';
import type { AskedRows } from './asked-rows.ts';
import classes from './backup-rows.module.css';
import { TableField } from './table-field.tsx';

interface Props {
  id: number;
  contents: BackupContents;
  ask: (asked: AskedRows) => void;
}

/** A table, and by which value of which column its rows are looked for. */
export function RowsForm({ id, contents, ask }: Props) {
  const [table, setTable] = useState(contents.tables[0]?.table ?? '');
  const [chosen, setChosen] = useState<string | null>(null);
  const [value, setValue] = useState('');
  const columns = useQuery({
    queryKey: keys.backupColumns(id, table),
    queryFn: ({ signal }) => client.findRows(id, { table, limit: 1 }, { signal }),
    // A backup does not change.
    staleTime: Infinity,
    retry: false,
  });
  const names = [...new Set(columns.data?.columns.map(({ name }) => name))];
  const key = columns.data?.keyColumns ?? [];
  const column = chosen ?? key[0] ?? names[0] ?? null;
  const show = (event: FormEvent): void => {
    event.preventDefault();
    const isKey = chosen === null || (key.length === 1 && column === key[0]);
    ask({ table, column, isKey, value: value.trim() });
  };
  return (
    <form className={classes.tools} onSubmit={show}>
      <TableField
        contents={contents}
        value={table}
        onChange={(next) => {
          setTable(next ?? '');
          setChosen(null);
        }}
      />
      <Select
        className={classes.column}
        label="Column"
        searchable
        allowDeselect={false}
        disabled={names.length === 0}
        value={column}
        onChange={setChosen}
        data={names}
      />
      <TextInput
        className={classes.field}
        label="Value"
        description="What the column has in the rows you look for. Empty: the first rows"
        inputWrapperOrder={['label', 'input', 'description']}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
      />
      <Button type="submit" className={classes.show}>
        Show rows
      </Button>
    </form>
  );
}
