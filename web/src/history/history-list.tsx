import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatCount } from '../format/numbers.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import type { CsvColumn } from '../format/csv.ts';
import { ExportMenu } from './export-menu.tsx';
import classes from './history-list.module.css';

interface Props<Row extends { id: number }> {
  title: string;
  list: {
    rows: Row[] | undefined;
    data?: { pages: { total: number }[] } | undefined;
    error: Error | null;
    refetch: () => unknown;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    showOlder: () => void;
  };
  columns: Column<Row>[];
  /** Beside the export. */
  actions?: ReactNode;
  export: {
    name: string;
    columns: readonly CsvColumn<Row>[];
    collect: (signal: AbortSignal) => Promise<Row[]>;
  };
  /** Shown instead of an empty table. */
  empty: ReactNode;
}

/** A list that grows page by page, with an export of all of it. */
export function HistoryList<Row extends { id: number }>({
  title,
  list,
  columns,
  actions,
  export: exported,
  empty,
}: Props<Row>) {
  const { rows } = list;
  if (!rows) {
    return list.error ? (
      <ErrorNote error={list.error} retry={() => void list.refetch()} />
    ) : (
      <Skeleton height={320} radius="md" />
    );
  }
  const total = list.data?.pages[0]?.total ?? rows.length;
  return (
    <Panel
      title={title}
      flush
      actions={
        rows.length === 0 ? null : (
          <>
            {actions}
            <ExportMenu {...exported} />
          </>
        )
      }
    >
      {rows.length === 0 ? (
        empty
      ) : (
        <RowTable caption={title} columns={columns} rows={rows} rowKey={(row) => row.id} />
      )}
      {rows.length > 0 && (
        <div className={classes.foot}>
          <span className="figures">
            {formatCount(rows.length)} of {formatCount(total)}
          </span>
          {list.hasNextPage && (
            <Button variant="default" size="xs" loading={list.isFetchingNextPage} onClick={list.showOlder}>
              Show older
            </Button>
          )}
        </div>
      )}
    </Panel>
  );
}
