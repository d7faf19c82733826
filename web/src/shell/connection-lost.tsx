import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { client } from '../data/client.ts';
import { useConnection } from '../data/connection.ts';
import { sessionKey } from '../data/query-client.ts';
import { formatClock } from '../format/times.ts';
import { Note } from '../parts/notes.tsx';
import classes from './connection-lost.module.css';

const askEveryMs = 3_000;
/** A server that takes the call and does not answer is away as well. */
const patienceMs = 10_000;

/** That what the page shows is old, for as long as it is. Goes away by itself, with everything asked for afresh. */
export function ConnectionLost() {
  const { lost, lastAnswerAt } = useConnection();
  const queries = useQueryClient();
  useEffect(() => {
    if (!lost) return undefined;
    const timer = setInterval(() => {
      // What the answer is does not matter: that there is one does.
      client.status({ signal: AbortSignal.timeout(patienceMs) }).catch(() => {});
    }, askEveryMs);
    return () => {
      clearInterval(timer);
      void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    };
  }, [lost, queries]);
  return (
    <div role="status" className={classes.region}>
      {lost ? (
        <Note tone="warn" title={titleOf(lastAnswerAt)}>
          What you see is from then. Trying again every few seconds.
        </Note>
      ) : null}
    </div>
  );
}

function titleOf(lastAnswerAt: number | null): string {
  return lastAnswerAt === null
    ? 'No connection to the server'
    : `Connection lost, last known at ${formatClock(lastAnswerAt)}`;
}
