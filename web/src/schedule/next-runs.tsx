import { Text } from '@mantine/core';
import type { DueTimePreview } from '../data/client.ts';
import { formatRelative } from '../format/times.ts';
import { Badge } from '../parts/state-badge.tsx';
import { readLocal } from './local-time.ts';
import classes from './next-runs.module.css';

interface Props {
  runs: DueTimePreview[];
  /** Only shown: nothing is due while the schedule is off. */
  enabled: boolean;
  /** They belong to an earlier state of the form. */
  stale: boolean;
}

/** The next runs in the time zone of the schedule. */
export function NextRuns({ runs, enabled, stale }: Props) {
  if (runs.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        It never runs, because no date matches. Check the day and the month of the cron expression.
      </Text>
    );
  }
  return (
    <ol className={classes.list} data-stale={stale || undefined} aria-label="Next runs">
      {runs.map((run) => {
        const local = readLocal(run.local);
        return (
          <li key={run.at} className={classes.run}>
            <span className={classes.local}>
              <span className={classes.day}>{local.day}</span> <strong>{local.time}</strong>{' '}
              <span className={classes.offset}>{local.offset}</span>
            </span>
            <span className={classes.marks}>
              {run.moved && <Badge tone="warn">Clock goes forward</Badge>}
              {run.showing !== undefined && (
                <Badge tone="warn">{`${run.showing === 'first' ? 'First' : 'Second'} of two`}</Badge>
              )}
            </span>
            <span className={classes.utc}>
              {run.at.slice(11, 16)} UTC{enabled ? ` · ${formatRelative(run.at)}` : ''}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
