import type { BackupDetail } from '../data/client.ts';
import { LostRowsList } from '../parts/lost-rows.tsx';
import { Note } from '../parts/notes.tsx';
import { BackUpNow } from './back-up-now.tsx';
import classes from './backup-end.module.css';

/** Why a backup is not good, and what to do. Nothing for a good backup. */
export function BackupEnd({ backup }: { backup: BackupDetail }) {
  if (backup.damaged) {
    const whole = backup.copies.filter(({ state }) => state === 'copied').map(({ store }) => store);
    return (
      <div className={classes.end}>
        <Note tone="bad" title="Stored data is missing or damaged" action={<BackUpNow size="xs" />}>
          {backup.damage ? (
            <>
              <p>{backup.damage.message}</p>
              <LostRowsList lost={backup.damage.lost} />
            </>
          ) : null}
          {whole.length > 0 ? (
            <p>
              It is whole in {whole.join(', ')}: a restore reads what is missing here from there, and “Repair”
              below puts it back.
            </p>
          ) : null}
          Take a new backup: it stores again what the database still holds, and where that is what is damaged
          here this backup becomes whole too. Until then restore from another one; tables that are not named
          here can still be restored from this one.
        </Note>
      </div>
    );
  }
  const { error, status } = backup;
  if (error === null || status === 'queued') return null;
  const quiet = status === 'cancelled';
  const details = Object.entries(error.details ?? {});
  return (
    <div className={classes.end}>
      <Note
        tone={quiet ? 'quiet' : status === 'interrupted' ? 'warn' : 'bad'}
        title={quiet ? 'It was cancelled' : `${error.error}: ${error.message}`}
        action={<BackUpNow size="xs" />}
      >
        {error.hint === undefined ? null : <p>{error.hint}</p>}
        <p className={classes.code}>
          {error.code}
          {quiet
            ? ''
            : '. Nothing could be restored from this run, and nothing in the database was changed by it.'}
        </p>
        {details.length > 0 ? (
          <details className={classes.details}>
            <summary>Details</summary>
            <pre tabIndex={0}>{JSON.stringify(error.details, null, 2)}</pre>
          </details>
        ) : null}
      </Note>
    </div>
  );
}
