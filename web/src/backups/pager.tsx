import { Button } from '@mantine/core';
import { counted, formatCount } from '../format/numbers.ts';
import { Icon } from '../parts/icon.tsx';
import classes from './pager.module.css';

interface PagerProps {
  total: number;
  shown: number;
  /** From 0. */
  page: number;
  pageSize: number;
  onNewer: (() => void) | undefined;
  onOlder: (() => void) | undefined;
}

export function Pager({ total, shown, page, pageSize, onNewer, onOlder }: PagerProps) {
  const first = page * pageSize + 1;
  return (
    <nav className={classes.pager} aria-label="Pages">
      <p className="figures" role="status">
        {shown === total
          ? counted(total, 'backup')
          : `${formatCount(first)} to ${formatCount(first + shown - 1)} of ${counted(total, 'backup')}`}
      </p>
      {onNewer || onOlder ? (
        <div className={classes.ways}>
          <Button
            variant="default"
            size="xs"
            disabled={!onNewer}
            onClick={onNewer}
            leftSection={<Icon name="left" size={14} />}
          >
            Newer
          </Button>
          <Button
            variant="default"
            size="xs"
            disabled={!onOlder}
            onClick={onOlder}
            rightSection={<Icon name="right" size={14} />}
          >
            Older
          </Button>
        </div>
      ) : null}
    </nav>
  );
}
