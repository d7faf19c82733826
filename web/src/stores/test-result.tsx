import type { StoreSelfTest } from '../data/client.ts';
import { formatBytes, formatRate } from '../format/numbers.ts';
import { Note } from '../parts/notes.tsx';
import { Badge } from '../parts/state-badge.tsx';
import classes from './store-results.module.css';

const actions: Record<StoreSelfTest['steps'][number]['action'], string> = {
  write: 'Write',
  read: 'Read',
  list: 'List',
  overwrite: 'Overwrite',
  delete: 'Delete',
  deleteVersion: 'Delete an old version',
};

/** What a self-test of a store found. */
export function TestResult({ test }: { test: StoreSelfTest }) {
  const { works, error, steps, speed, notes, thief, lock, leftBehind, conditionalPuts } = test;
  return (
    <Note
      tone={works ? 'good' : 'bad'}
      title={works ? 'Backups can be written there and read back' : 'Backups cannot be kept there'}
    >
      {error ? (
        <>
          <p>{error.message}</p>
          {error.hint ? <p>{error.hint}</p> : null}
        </>
      ) : null}
      {steps.length > 0 ? (
        <ul className={classes.steps}>
          {steps.map(({ action, allowed, tookMs, refusal }) => (
            <li key={action}>
              <Badge tone={allowed === null ? 'quiet' : allowed ? 'good' : 'bad'}>
                {allowed === null ? 'Not tried' : allowed ? 'Allowed' : 'Refused'}
              </Badge>{' '}
              {actions[action]}
              {allowed && tookMs !== null ? `, ${tookMs} ms` : ''}
              {refusal === null ? '' : `: ${refusal}`}
            </li>
          ))}
        </ul>
      ) : null}
      {speed ? (
        <p>
          An object of {formatBytes(speed.objectBytes)} was written at {rate(speed.objectBytes, speed.putMs)}{' '}
          and read at {rate(speed.objectBytes, speed.getMs)}.
        </p>
      ) : null}
      {lock ? (
        <p>
          {lock.holds
            ? `A locked object (${lock.mode}) could not be deleted${lock.bypassed ? ', but these credentials may end its lock' : ''}.`
            : `A locked object (${lock.mode}) was deleted: the lock does not hold.`}
        </p>
      ) : null}
      {conditionalPuts === false ? (
        <p>Of competing writes the place does not decide all itself. docs/STORES.md says what that means.</p>
      ) : null}
      {leftBehind === null ? null : <p>{leftBehind} stays in the store, because it may not be deleted.</p>}
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
      {thief.length > 0 ? (
        <details className={classes.thief}>
          <summary>What a thief of these credentials could do</summary>
          <ul className={classes.names}>
            {thief.map((each) => (
              <li key={each}>{each}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </Note>
  );
}

function rate(objectBytes: number, tookMs: number): string {
  return formatRate(Math.round((objectBytes * 1_000) / Math.max(tookMs, 1)));
}
