import { Skeleton } from '@mantine/core';
import classes from './table-skeleton.module.css';

/** Placeholder rows while a table loads. */
export function TableSkeleton({ rows }: { rows: number }) {
  return (
    <div className={classes.rows} role="group" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={18} width={`${92 - ((row * 7) % 24)}%`} />
      ))}
    </div>
  );
}
