import { Button } from '@mantine/core';
import { useState } from 'react';
import { client, type Copy } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { formatBytes, formatShare } from '../format/numbers.ts';
import { formatRough } from '../format/times.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useTick } from '../parts/figures.tsx';
import { useNotice } from '../parts/notices.tsx';
import classes from './copy-progress.module.css';
import { Allowed } from '../parts/allowed.tsx';

/** How far a copy is: what the store has of the backup by now, and how much of that was sent. */
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
  const share = shareOf(progress);
  return (
    <div className={classes.progress}>
      <div
        className={classes.track}
        role="progressbar"
        aria-label={name}
        aria-valuetext={share === null ? words : `${words}, ${formatShare(share)}`}
        {...(share === null
          ? {}
          : { 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.floor(share * 100) })}
      >
        <div
          className={classes.bar}
          data-unknown={share === null || undefined}
          style={share === null ? undefined : { width: `${Math.max(1, share * 100)}%` }}
        />
      </div>
      <div className={`${classes.facts} figures`}>
        <span aria-live="polite">{words}</span>
        {share === null ? null : <span>{formatShare(share)}</span>}
        {progress === null ? null : <span>{formatBytes(progress.storedBytes)} sent</span>}
        {startedAt === null ? null : <span>{formatRough(Date.now() - Date.parse(startedAt))} so far</span>}
      </div>
    </div>
  );
}

/** Null while it is unknown how large the backup is. */
function shareOf(progress: Copy['progress']): number | null {
  if (progress === null || progress.estimatedRawBytes === 0) return null;
  return Math.min(progress.phase === 'finishing' ? 1 : 0.99, progress.rawBytes / progress.estimatedRawBytes);
}

/** Cancels a running or queued copy. */
export function CancelCopy({ copy }: { copy: Pick<Copy, 'id' | 'backupId' | 'store'> }) {
  const [asking, setAsking] = useState(false);
  const refresh = useRefresh();
  const tell = useNotice();
  const { id, backupId, store } = copy;
  return (
    <>
      <Allowed to="cancelCopy">
        <Button variant="default" size="xs" onClick={() => setAsking(true)}>
          Cancel
          <span className="visually-hidden">
            {' '}
            copy of backup {backupId} to {store}
          </span>
        </Button>
      </Allowed>
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
