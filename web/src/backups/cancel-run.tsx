import { Button } from '@mantine/core';
import { useState } from 'react';
import { client } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useNotice } from '../parts/notices.tsx';
import { Allowed } from '../parts/allowed.tsx';

/** Cancels a running or queued backup. */
export function CancelBackup({ id, size = 'sm' }: { id: number; size?: 'xs' | 'sm' }) {
  const [asking, setAsking] = useState(false);
  const refresh = useRefresh();
  const tell = useNotice();
  return (
    <>
      <Allowed to="cancelBackup">
        <Button variant="default" size={size} onClick={() => setAsking(true)}>
          Cancel<span className="visually-hidden"> backup {id}</span>
        </Button>
      </Allowed>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Cancel backup ${id}?`}
        confirmLabel="Cancel the backup"
        keepLabel="Let it run"
        danger
        onConfirm={async () => {
          await client.cancelBackup(id);
          tell(`Backup ${id} is being cancelled.`);
          await refresh();
        }}
      >
        <p>It stops within seconds. A backup only reads: nothing in your tables changes.</p>
        <p>What has been stored so far is not lost: the next backup reuses it.</p>
      </ConfirmDialog>
    </>
  );
}
