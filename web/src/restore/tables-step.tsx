import { Button, Checkbox, Group, Radio, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { formatBytes, formatCount, counted } from '../format/numbers.ts';
import { Note } from '../parts/notes.tsx';
import { Badge } from '../parts/state-badge.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { isEmptied, matching, type ChoosableTable } from './table-choice.ts';
import classes from './tables-step.module.css';

interface Props {
  tables: ChoosableTable[];
  /** Null for everything. */
  chosen: ReadonlySet<string> | null;
  choose: (tables: ReadonlySet<string> | null) => void;
  backupId: number | null;
}

const rowHeight = 44;
const listHeight = 420;

/** Everything, or which tables; tables missing from the database come first. */
export function TablesStep({ tables, chosen, choose, backupId }: Props) {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const size = tables.reduce((sum, table) => sum + table.bytes, 0);
  return (
    <Stack gap="md">
      <LostTables tables={tables} chosen={chosen} choose={choose} />
      <Radio.Group
        aria-label="What to restore"
        value={chosen === null ? 'everything' : 'tables'}
        onChange={(value) => choose(value === 'everything' ? null : new Set())}
      >
        <div className={classes.choices}>
          <Radio value="tables" label="Chosen tables" description="All other tables are unchanged" />
          <Radio
            value="everything"
            label="Everything in the backup"
            description={`${counted(tables.length, 'table')}, ${counted(rows, 'row')}, ${formatBytes(size)}`}
          />
        </div>
      </Radio.Group>
      {backupId !== null && (
        <Text size="sm" c="dimmed">
          Only some rows are lost?{' '}
          <Link href={`/backups/${backupId}?show=rows`}>Look at the rows of backup {backupId}</Link> and put
          back those that you need.
        </Text>
      )}
      {chosen !== null && <TableList tables={tables} chosen={chosen} choose={choose} />}
    </Stack>
  );
}

/** Chooses all missing and emptied tables with one click. */
function LostTables({ tables, chosen, choose }: Omit<Props, 'backupId'>) {
  const lost = tables.filter((table) => table.missing || isEmptied(table));
  if (lost.length === 0) return null;
  const names = lost.map((table) => table.table);
  const allChosen = chosen !== null && names.every((name) => chosen.has(name));
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
  const missing = lost.filter((table) => table.missing).length;
  const what = [
    missing > 0 ? `${counted(missing, 'table')} of this backup ${missing === 1 ? 'is' : 'are'} missing` : '',
    missing < lost.length
      ? `${counted(lost.length - missing, 'table')} ${lost.length - missing === 1 ? 'is' : 'are'} empty`
      : '',
  ].filter((part) => part !== '');
  return (
    <Note
      tone="warn"
      title={`${what.join(', ')} in the database now`}
      action={
        <Button size="xs" disabled={allChosen} onClick={() => choose(new Set([...(chosen ?? []), ...names]))}>
          {allChosen ? 'Chosen' : `Choose ${lost.length === 1 ? 'it' : 'them'}`}
        </Button>
      }
    >
      {shown}
    </Note>
  );
}

function TableList({
  tables,
  chosen,
  choose,
}: {
  tables: ChoosableTable[];
  chosen: ReadonlySet<string>;
  choose: Props['choose'];
}) {
  const [search, setSearch] = useState('');
  const found = matching(tables, search);
  const set = (names: readonly string[], on: boolean): void => {
    const next = new Set(chosen);
    for (const name of names) {
      if (on) next.add(name);
      else next.delete(name);
    }
    choose(next);
  };
  const toggle = (name: string): void => set([name], !chosen.has(name));
  const foundNames = found.map((table) => table.table);
  const allFound = found.length > 0 && foundNames.every((name) => chosen.has(name));
  return (
    <Stack gap="xs">
      <Group justify="space-between" align="flex-end" gap="sm">
        <TextInput
          className={classes.search}
          label="Find a table"
          placeholder="Part of its name"
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Text size="sm" c="dimmed" role="status">
          {counted(chosen.size, 'table')} of {formatCount(tables.length)} chosen
        </Text>
      </Group>
      <div className={classes.list}>
        <div className={classes.head}>
          <Checkbox
            label={search === '' ? 'All tables' : `All ${formatCount(found.length)} found`}
            checked={allFound}
            indeterminate={!allFound && foundNames.some((name) => chosen.has(name))}
            disabled={found.length === 0}
            onChange={() => set(foundNames, !allFound)}
          />
          <span className={classes.figure}>In the backup</span>
          <span className={classes.now}>Now</span>
          <span className={classes.size}>Size</span>
        </div>
        <VirtualList
          key={search}
          label="Tables of the backup"
          rows={found}
          rowKey={({ table }) => table}
          rowHeight={rowHeight}
          maxHeight={listHeight}
        >
          {(table) => <TableRow table={table} chosen={chosen.has(table.table)} toggle={toggle} />}
        </VirtualList>
        {found.length === 0 && (
          <Text size="sm" c="dimmed" p="md">
            No table of this backup has “{search}” in its name. An older backup may have it.
          </Text>
        )}
      </div>
    </Stack>
  );
}

interface RowProps {
  table: ChoosableTable;
  chosen: boolean;
  toggle: (name: string) => void;
}

function TableRow({ table, chosen, toggle }: RowProps) {
  return (
    <div className={classes.row}>
      <Checkbox
        className={classes.box}
        checked={chosen}
        onChange={() => toggle(table.table)}
        label={
          <span className={classes.name} title={table.table}>
            {table.table} <Condition table={table} />
          </span>
        }
      />
      <span className={classes.figure}>{counted(table.rows, 'row')}</span>
      <span className={classes.now}>{rowsNow(table)}</span>
      <span className={classes.size}>{formatBytes(table.bytes)}</span>
    </div>
  );
}

function Condition({ table }: { table: ChoosableTable }) {
  if (table.missing) return <Badge tone="bad">Missing now</Badge>;
  return isEmptied(table) ? <Badge tone="warn">Empty now</Badge> : null;
}

function rowsNow(table: ChoosableTable): string {
  if (table.missing) return '–';
  if (table.rowsNow === null) return '';
  return `${table.rowsNowIsEstimate ? '~' : ''}${formatCount(table.rowsNow)}`;
}
