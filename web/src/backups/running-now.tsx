import { Link } from 'wouter';
import { isAlive, useBackups, useCopies } from '../data/queries.ts';
import { Panel } from '../parts/panel.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import { CancelBackup } from './cancel-run.tsx';
import { CancelCopy, CopyProgress } from './copy-progress.tsx';
import classes from './running-now.module.css';

/** The running and queued backups and copies with their progress. Nothing without any. */
export function RunningNow() {
  const { data } = useBackups({ limit: 6 });
  const copying = useCopies({ limit: 6 });
  const alive = (data?.backups ?? []).filter(isAlive);
  const copies = (copying.data?.copies ?? []).filter(isAlive);
  const count = alive.length + copies.length;
  if (count === 0) return null;
  return (
    <div className={classes.running}>
      <Panel title={count === 1 ? 'In progress' : `${count} in progress`}>
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
        {copies.map((copy) => (
          <div key={`copy-${copy.id}`} className={classes.run}>
            <div className={classes.progress}>
              <Link href={`/backups/${copy.backupId}`} className={classes.name}>
                {copy.trigger === 'repair' ? 'Repair' : 'Copy'} of backup {copy.backupId}{' '}
                {copy.trigger === 'repair' ? 'in' : 'to'} {copy.store}
              </Link>
              <CopyProgress copy={copy} />
            </div>
            <CancelCopy copy={copy} />
          </div>
        ))}
      </Panel>
    </div>
  );
}
