import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { client } from '../data/client.ts';
import { useConnection } from '../data/connection.ts';
import { isOfDatabase } from '../data/query-client.ts';
import { formatClock } from '../format/times.ts';
import { Note } from '../parts/notes.tsx';
import classes from './connection-lost.module.css';

const askEveryMs = 3_000;
/** A server that accepts a call and does not answer counts as away too. */
const patienceMs = 10_000;

/** Says that the page shows old data while the server does not answer. When it answers again, everything is loaded anew. */
export function ConnectionLost() {
  const { lost, lastAnswerAt } = useConnection();
  const queries = useQueryClient();
  useEffect(() => {
    if (!lost) return undefined;
    const timer = setInterval(() => {
      // Any answer will do.
      client.status({ signal: AbortSignal.timeout(patienceMs) }).catch(() => {});
    }, askEveryMs);
    return () => {
      clearInterval(timer);
      void queries.invalidateQueries({ predicate: isOfDatabase });
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
