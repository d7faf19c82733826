import { Button } from '@mantine/core';
import { useState } from 'react';
import { client } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useNotice } from '../parts/notices.tsx';
import { Allowed } from '../parts/allowed.tsx';

/** Deletes now what the saved policies do not keep, instead of after the next scheduled backup. */
export function CleanUpNow() {
  const [asking, setAsking] = useState(false);
  const refresh = useRefresh();
  const tell = useNotice();
  return (
    <>
      <Allowed to="cleanUp">
        <Button variant="default" size="xs" onClick={() => setAsking(true)}>
          Clean up now
        </Button>
      </Allowed>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title="Delete now what is not kept?"
        confirmLabel="Clean up now"
        danger
        onConfirm={async () => {
          await client.cleanUp();
          tell('The cleanup has begun. The history shows what it deletes, and why.');
          await refresh();
        }}
      >
        <p>
          It deletes what the saved policies of all schedules do not keep, as the cleanup after a scheduled
          backup does, and then what no backup needs. That cannot be undone.
        </p>
        <p>Pinned backups, backups in use, and those that an open finding keeps stay.</p>
      </ConfirmDialog>
    </>
  );
}
