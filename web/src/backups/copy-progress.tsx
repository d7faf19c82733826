import { Button } from '@mantine/core';
import { useState } from 'react';
import { client, type Copy } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { formatBytes } from '../format/numbers.ts';
import { formatRough } from '../format/times.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useTick } from '../parts/figures.tsx';
import { useNotice } from '../parts/notices.tsx';
import classes from './copy-progress.module.css';

/** How far a copy is. It has no share: only what the store lacks is sent, and how much that is shows at the end. */
export function CopyProgress({ copy }: { copy: Copy }) {
  useTick(1_000);
  const { progress, startedAt, status } = copy;
  const name = `Copy of backup ${copy.backupId} to ${copy.store}`;
  const words =
    status === 'queued' || progress === null
      ? 'Waiting to start'
      : progress.phase === 'finishing'
        ? 'Finishing'
        : 'Sending what the store lacks';
  return (
    <div className={classes.progress}>
      <div className={classes.track} role="progressbar" aria-label={name} aria-valuetext={words}>
        <div className={classes.bar} />
      </div>
      <div className={`${classes.facts} figures`}>
        <span aria-live="polite">{words}</span>
        {progress === null ? null : <span>{formatBytes(progress.storedBytes)} sent</span>}
        {startedAt === null ? null : <span>{formatRough(Date.now() - Date.parse(startedAt))} so far</span>}
      </div>
    </div>
  );
}

/** Cancels a running or queued copy. */
export function CancelCopy({ copy }: { copy: Pick<Copy, 'id' | 'backupId' | 'store'> }) {
  const [asking, setAsking] = useState(false);
  const refresh = useRefresh();
  const tell = useNotice();
  const { id, backupId, store } = copy;
  return (
    <>
      <Button variant="default" size="xs" onClick={() => setAsking(true)}>
        Cancel
        <span className="visually-hidden">
          {' '}
          copy of backup {backupId} to {store}
        </span>
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Cancel the copy of backup ${backupId} to ${store}?`}
        confirmLabel="Cancel the copy"
        keepLabel="Let it run"
        danger
        onConfirm={async () => {
          await client.cancelCopy(id);
          tell(`The copy of backup ${backupId} to ${store} is being cancelled.`);
          await refresh();
        }}
      >
        <p>
          Until a copy is made, backup {backupId} is not in the store {store}. The backup itself stays as it
          is.
        </p>
        <p>What was sent so far is not sent again by the next copy. It is not begun again automatically.</p>
      </ConfirmDialog>
    </>
  );
}
