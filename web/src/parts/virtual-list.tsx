import { useState, type ReactNode } from 'react';
import classes from './virtual-list.module.css';

interface VirtualListProps<Row> {
  /** What it lists, for screen readers. */
  label: string;
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  /** Height of every row in pixels; overflow is cut off. */
  rowHeight: number;
  /** Height in pixels; longer lists scroll. */
  maxHeight: number;
  children: (row: Row) => ReactNode;
}

/** Rows rendered above and below the visible ones, so that Tab finds the next one. */
const beyond = 10;

/** A list of any length that renders only the visible rows and the focused one. */
export function VirtualList<Row>(props: VirtualListProps<Row>) {
  const { label, rows, rowKey, rowHeight, maxHeight, children } = props;
  const [scrolled, setScrolled] = useState(0);
  const [focused, setFocused] = useState(-1);
  const first = Math.max(0, Math.floor(scrolled / rowHeight) - beyond);
  const last = Math.min(rows.length, Math.ceil((scrolled + maxHeight) / rowHeight) + beyond);
  const drawn = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
  if (focused >= 0 && focused < first) drawn.unshift(focused);
  else if (focused >= last && focused < rows.length) drawn.push(focused);
  return (
    <div
      className={classes.box}
      style={{ maxHeight }}
      onScroll={(event) => setScrolled(event.currentTarget.scrollTop)}
    >
      <ul className={classes.list} aria-label={label} style={{ height: rows.length * rowHeight }}>
        {drawn.map((at) => (
          <li
            key={rowKey(rows[at]!)}
            className={classes.row}
            aria-setsize={rows.length}
            aria-posinset={at + 1}
            style={{ top: at * rowHeight, height: rowHeight }}
            onFocus={() => setFocused(at)}
            onBlur={() => setFocused(-1)}
          >
            {children(rows[at]!)}
          </li>
        ))}
      </ul>
    </div>
  );
}
