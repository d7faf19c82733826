import { NativeSelect, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { BackupContents } from '../data/client.ts';
import { counted } from '../format/numbers.ts';
import { Bytes, Count } from '../parts/figures.tsx';
import { Icon } from '../parts/icon.tsx';
import { EmptyState } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import classes from './backup-tables.module.css';

type Table = BackupContents['tables'][number];
type Order = 'name' | 'rows' | 'size';

const shownAtMost = 500;

const columns: Column<Table>[] = [
  { title: 'Table', heading: true, cell: ({ table }) => <span className={classes.table}>{table}</span> },
  { title: 'Rows', numeric: true, cell: ({ rows }) => <Count value={rows} /> },
  { title: 'Size', numeric: true, cell: ({ rawBytes }) => <Bytes value={rawBytes} /> },
  {
    title: 'Stored',
    numeric: true,
    wideOnly: true,
    cell: ({ storedBytes }) => <Bytes value={storedBytes} />,
  },
  { title: 'Read', wideOnly: true, cell: ({ reuse }) => reuse?.reason ?? '' },
  { title: 'Chunks', numeric: true, wideOnly: true, cell: ({ chunks }) => <Count value={chunks} /> },
];

const orders: Record<Order, { label: string; compare: (a: Table, b: Table) => number }> = {
  name: { label: 'By name', compare: (a, b) => a.table.localeCompare(b.table) },
  rows: { label: 'Most rows first', compare: (a, b) => b.rows - a.rows },
  size: { label: 'Largest first', compare: (a, b) => b.rawBytes - a.rawBytes },
};

/** The tables of a backup with their figures. */
export function BackupTables({ contents }: { contents: BackupContents }) {
  const [text, setText] = useState('');
  const [order, setOrder] = useState<Order>('name');
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return contents.tables
      .filter(({ table }) => table.toLowerCase().includes(wanted))
      .toSorted(orders[order].compare);
  }, [contents, text, order]);
  const extras = [
    contents.sequences > 0 ? counted(contents.sequences, 'sequence') : '',
    contents.largeObjects > 0 ? counted(contents.largeObjects, 'large object') : '',
  ].filter((each) => each !== '');
  return (
    <>
      <div className={classes.tools}>
        <TextInput
          className={classes.search}
          aria-label="Search tables"
          placeholder={`Search ${counted(contents.tables.length, 'table')}`}
          leftSection={<Icon name="search" size={16} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <NativeSelect
          aria-label="Order"
          value={order}
          onChange={(event) => setOrder(event.currentTarget.value as Order)}
          data={Object.entries(orders).map(([value, { label }]) => ({ value, label }))}
        />
      </div>
      <Panel flush>
        {found.length === 0 ? (
          <EmptyState
            title={contents.tables.length === 0 ? 'No tables' : 'No table name contains this text'}
          />
        ) : (
          <RowTable
            caption="Tables in this backup"
            columns={columns}
            rows={found.slice(0, shownAtMost)}
            rowKey={({ table }) => table}
          />
        )}
      </Panel>
      <p className={classes.more}>
        {found.length > shownAtMost ? `The first ${shownAtMost} are shown; search for the others. ` : ''}
        {extras.length > 0 ? `And ${extras.join(' and ')}.` : ''}
      </p>
    </>
  );
}
