import { Link } from 'wouter';
import { isAlive, useBackups } from '../data/queries.ts';
import { Panel } from '../parts/panel.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import { CancelBackup } from './cancel-run.tsx';
import classes from './running-now.module.css';

/** The running and queued backups with their progress. Nothing without any. */
export function RunningNow() {
  const { data } = useBackups({ limit: 6 });
  const alive = (data?.backups ?? []).filter(isAlive);
  if (alive.length === 0) return null;
  return (
    <div className={classes.running}>
      <Panel title={alive.length === 1 ? 'In progress' : `${alive.length} in progress`}>
        {alive.map((backup) => (
          <div key={backup.id} className={classes.run}>
            <div className={classes.progress}>
              <Link href={`/backups/${backup.id}`} className={classes.name}>
                Backup {backup.id}
              </Link>
              <RunProgress
                name={`Backup ${backup.id}`}
                progress={backup.progress}
                startedAt={backup.startedAt}
              />
            </div>
            <CancelBackup id={backup.id} size="xs" />
          </div>
        ))}
      </Panel>
    </div>
  );
}
