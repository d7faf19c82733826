import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { client, type Check, type Import } from '../data/client.ts';
import { isAlive } from '../data/queries.ts';
import { useRefresh } from '../data/refresh.ts';
import { Note } from '../parts/notes.tsx';
import { useFailureNotice, useNotice } from '../parts/notices.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import { CheckResult, ImportResult } from './store-results.tsx';
import classes from './store-results.module.css';
import { Allowed } from '../parts/allowed.tsx';

interface StoreRunsProps {
  store: string;
  /** The last ones of this store. */
  check: Check | undefined;
  importing: Import | undefined;
}

/** What was looked for in a store since the screen was opened: how far it is, or what was found. */
export function StoreRuns({ store, check, importing }: StoreRunsProps) {
  return (
    <div aria-live="polite" className={classes.runs}>
      <Latest
        run={check}
        name={`Check of ${store}`}
        during="Listing what is in the store. In a large one this takes minutes."
        to="cancelCheck"
        cancel={(id) => client.cancelCheck(id)}
        result={(report) => <CheckResult check={report} />}
      />
      <Latest
        run={importing}
        name={`Import of ${store}`}
        during="Reading the backups of the store."
        to="cancelImport"
        cancel={(id) => client.cancelImport(id)}
        result={(report) => <ImportResult result={report} />}
      />
    </div>
  );
}

interface LatestProps<Report> {
  run: (Omit<Check, 'report'> & { report: Report | null }) | undefined;
  name: string;
  during: string;
  to: 'cancelCheck' | 'cancelImport';
  cancel: (id: number) => Promise<unknown>;
  result: (report: Report) => ReactNode;
}

/** One that had ended before the screen was opened is history. */
function Latest<Report>({ run, name, during, to, cancel, result }: LatestProps<Report>) {
  const [earlier] = useState(() => (run !== undefined && !isAlive(run) ? run.id : null));
  const refresh = useRefresh();
  const tell = useNotice();
  const failed = useFailureNotice();
  if (run === undefined || run.id === earlier || run.status === 'cancelled') return null;
  const { id, progress, startedAt, error, report } = run;
  if (isAlive(run)) {
    const stop = async (): Promise<void> => {
      await cancel(id);
      tell(`${name}: it is being cancelled.`);
      await refresh();
    };
    return (
      <div className={classes.scrub}>
        <RunProgress name={name} progress={progress} startedAt={startedAt} compact />
        <p>
          {during}{' '}
          <Allowed to={to}>
            <Button size="xs" variant="default" onClick={() => void stop().catch(failed)}>
              Cancel<span className="visually-hidden"> {name}</span>
            </Button>
          </Allowed>
        </p>
      </div>
    );
  }
  if (error !== null) {
    return (
      <Note tone="bad" urgent title={error.error}>
        <p>{error.message}</p>
        {error.hint === undefined ? null : <p>{error.hint}</p>}
      </Note>
    );
  }
  return report === null ? null : result(report);
}
