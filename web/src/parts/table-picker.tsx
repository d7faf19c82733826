import { Checkbox, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import type { TableInDatabase } from '../data/client.ts';
import { counted, formatBytes, formatCount } from '../format/numbers.ts';
import { Icon } from './icon.tsx';
import { VirtualList } from './virtual-list.tsx';
import classes from './table-picker.module.css';

export interface PickableTable {
  /** `schema.name` */
  table: string;
  rows: number | null;
  bytes: number | null;
  /** How many tables it counts as: a partitioned table counts its partitions. Default 1. */
  tables?: number;
  /** Such as `all 13 partitions`. */
  note?: string;
}

interface TablePickerProps {
  tables: readonly PickableTable[];
  chosen: ReadonlySet<string>;
  onChange: (chosen: Set<string>) => void;
  /** Whether the row counts are estimates of the planner. */
  estimated?: boolean;
}

const rowHeight = 40;
const listHeight = 352;

/** Chooses from any number of tables, with their sizes. */
export function TablePicker({ tables, chosen, onChange, estimated = false }: TablePickerProps) {
  const [text, setText] = useState('');
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return wanted === '' ? tables : tables.filter(({ table }) => table.toLowerCase().includes(wanted));
  }, [tables, text]);
  const all = found.length > 0 && found.every(({ table }) => chosen.has(table));
  const some = found.some(({ table }) => chosen.has(table));
  const set = (names: readonly string[], on: boolean): void => {
    const next = new Set(chosen);
    for (const name of names) {
      if (on) next.add(name);
      else next.delete(name);
    }
    onChange(next);
  };
  return (
    <fieldset className={classes.picker}>
      <legend className="visually-hidden">Tables</legend>
      <div className={classes.head}>
        <TextInput
          className={classes.search}
          aria-label="Search tables"
          placeholder={`Search ${counted(tablesIn(tables), 'table')}`}
          leftSection={<Icon name="search" size={16} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Checkbox
          label={text.trim() === '' ? 'All' : `All ${formatCount(tablesIn(found))} found`}
          checked={all}
          indeterminate={some && !all}
          disabled={found.length === 0}
          onChange={() =>
            set(
              found.map(({ table }) => table),
              !all,
            )
          }
        />
      </div>
      <VirtualList
        key={text}
        label="Tables to choose from"
        rows={found}
        rowKey={({ table }) => table}
        rowHeight={rowHeight}
        maxHeight={listHeight}
      >
        {(each) => (
          <label className={classes.row}>
            <Checkbox
              checked={chosen.has(each.table)}
              onChange={(event) => set([each.table], event.currentTarget.checked)}
              aria-label={each.table}
            />
            <span className={classes.table} title={each.table}>
              {each.table}
              {each.note ? <span className={classes.note}>{each.note}</span> : null}
            </span>
            <span className={`${classes.figure} ${classes.rows} figures`}>
              {each.rows === null ? '' : `${estimated ? '≈ ' : ''}${counted(Math.round(each.rows), 'row')}`}
            </span>
            <span className={`${classes.figure} figures`}>
              {each.bytes === null ? '' : formatBytes(each.bytes)}
            </span>
          </label>
        )}
      </VirtualList>
      {found.length === 0 ? <p className={classes.none}>No table name contains this text.</p> : null}
      <p className={`${classes.sum} figures`} role="status">
        {sumOf(
          tables.filter(({ table }) => chosen.has(table)),
          estimated,
        )}
      </p>
    </fieldset>
  );
}

/** Counts tables that hold rows; each partition counts. */
function tablesIn(picked: readonly PickableTable[]): number {
  return picked.reduce((sum, { tables = 1 }) => sum + tables, 0);
}

/** The tables of the database to choose from. Choosing a partitioned table chooses its partitions. */
export function pickable(tables: readonly TableInDatabase[]): PickableTable[] {
  return tables
    .filter(({ kind }) => kind !== 'partition')
    .map(({ table, kind, partitions, estimatedRows, totalBytes }): PickableTable => ({
      table,
      rows: estimatedRows,
      bytes: totalBytes,
      ...(kind === 'partitioned'
        ? {
            tables: partitions,
            note: partitions === 1 ? '1 partition' : `all ${formatCount(partitions)} partitions`,
          }
        : {}),
    }));
}

function sumOf(chosen: readonly PickableTable[], estimated: boolean): string {
  if (chosen.length === 0) return 'None chosen';
  const rows = chosen.reduce((sum, each) => sum + (each.rows ?? 0), 0);
  const bytes = chosen.reduce((sum, each) => sum + (each.bytes ?? 0), 0);
  const about = estimated ? 'about ' : '';
  return `${counted(tablesIn(chosen), 'table')} chosen: ${about}${counted(Math.round(rows), 'row')}, ${formatBytes(bytes)}`;
}
