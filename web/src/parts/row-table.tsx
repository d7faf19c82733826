import type { ReactNode } from 'react';
import classes from './row-table.module.css';

export interface Column<Row> {
  /** The heading, and on a phone the label beside the value. */
  title: string;
  cell: (row: Row) => ReactNode;
  /** Right-aligned. */
  numeric?: boolean;
  /** The first thing of a card on a phone, without its label. At most one or two. */
  heading?: boolean;
  /** At the top right of a card on a phone, without its label. At most one. */
  corner?: boolean;
  /** Left out on a phone. */
  wideOnly?: boolean;
  /** Its own heading is only for screen readers. */
  hiddenTitle?: boolean;
}

interface RowTableProps<Row> {
  /** What is in it, for screen readers. */
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string | number;
  /** While rows for other filters are loading. */
  stale?: boolean;
}

/**
 * A table that becomes cards on a phone, and scrolls inside its own box when it is too wide. The roles are those it has by
 * default, until the styles for phones change its display.
 */
export function RowTable<Row>({ caption, columns, rows, rowKey, stale = false }: RowTableProps<Row>) {
  return (
    // A scrolling box must be reachable by keyboard.
    <div
      className={classes.box}
      data-stale={stale || undefined}
      role="group"
      aria-label={caption}
      tabIndex={0}
    >
      <table className={classes.table} role="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ title, numeric, hiddenTitle }) => (
              <th key={title} scope="col" role="columnheader" data-numeric={numeric || undefined}>
                {hiddenTitle ? <span className="visually-hidden">{title}</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={rowKey(row)} role="row">
              {columns.map(({ title, cell, numeric, heading, corner, wideOnly, hiddenTitle }) => (
                <td
                  key={title}
                  role="cell"
                  data-label={heading || corner || hiddenTitle ? undefined : title}
                  data-numeric={numeric || undefined}
                  data-heading={heading || undefined}
                  data-corner={corner || undefined}
                  data-wide={wideOnly || undefined}
                >
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
