import { Button } from '@mantine/core';
import { client, type Scrub } from '../data/client.ts';
import { isAlive } from '../data/queries.ts';
import { useRefresh } from '../data/refresh.ts';
import { counted, formatBytes, formatShare } from '../format/numbers.ts';
import { Time } from '../parts/figures.tsx';
import { Note } from '../parts/notes.tsx';
import { useFailureNotice, useNotice } from '../parts/notices.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import classes from './store-results.module.css';
import { Allowed } from '../parts/allowed.tsx';

/** The last scrub of a store: how far it is, or what it found. */
export function StoreScrub({ scrub }: { scrub: Scrub }) {
  const refresh = useRefresh();
  const tell = useNotice();
  const failed = useFailureNotice();
  const { id, store, status, progress, startedAt, error } = scrub;
  if (isAlive(scrub)) {
    const cancel = async (): Promise<void> => {
      await client.cancelScrub(id);
      tell(`The scrub of ${store} is being cancelled. The next one begins with what it has not read.`);
      await refresh();
    };
    return (
      <div className={classes.scrub}>
        <RunProgress name={`Scrub of ${store}`} progress={progress} startedAt={startedAt} compact />
        <p>
          {status === 'queued' ? 'Waiting for another scrub.' : `Reading ${shareWords(scrub)} of the store.`}{' '}
          <Allowed to="cancelScrub">
            <Button size="xs" variant="default" onClick={() => void cancel().catch(failed)}>
              Cancel<span className="visually-hidden"> the scrub of {store}</span>
            </Button>
          </Allowed>
        </p>
      </div>
    );
  }
  if (status === 'cancelled') return null;
  if (error !== null) {
    return (
      <Note tone="bad" title={`The last scrub did not complete: ${error.message}`}>
        {error.hint}
      </Note>
    );
  }
  return <ScrubResult scrub={scrub} />;
}

function ScrubResult({ scrub }: { scrub: Scrub }) {
  const { report, finishedAt } = scrub;
  if (report === null) return null;
  const { chunks, storedBytes, missing, damaged } = report;
  const lost = missing + damaged;
  return lost === 0 ? (
    <p>
      The last scrub read {counted(chunks, 'chunk')}, {formatBytes(storedBytes)},{' '}
      <Time at={finishedAt} relative />: all as they were written.
    </p>
  ) : (
    <Note tone="bad" title={`The last scrub found ${counted(lost, 'chunk')} missing or damaged`}>
      <p>
        {counted(missing, 'chunk')} missing, {counted(damaged, 'chunk')} damaged; {counted(chunks, 'chunk')}{' '}
        as they were written. Backups that need them are marked as damaged. A copy puts them right, and so
        does the next backup where the database still holds the rows.
      </p>
    </Note>
  );
}

function shareWords({ share }: Scrub): string {
  return share >= 1 ? 'all' : formatShare(share);
}
