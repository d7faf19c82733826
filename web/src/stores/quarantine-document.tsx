import { Button } from '@mantine/core';
import { useState } from 'react';
import { client } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useNotice } from '../parts/notices.tsx';
import { Allowed } from '../parts/allowed.tsx';

interface QuarantineDocumentProps {
  store: string;
  uuid: string;
  /** Its key in the store. */
  object: string;
}

/** Moves a document out of the way that cannot be believed, and that is of no backup of this installation. */
export function QuarantineDocument({ store, uuid, object }: QuarantineDocumentProps) {
  const [asking, setAsking] = useState(false);
  const refresh = useRefresh();
  const tell = useNotice();
  return (
    <>
      <Allowed to="setDocumentAside">
        <Button size="xs" onClick={() => setAsking(true)}>
          Move it away
        </Button>
      </Allowed>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Move a document of ${store} out of the way?`}
        confirmLabel="Move it away"
        onConfirm={async () => {
          const { to } = await client.setDocumentAside(store, uuid);
          tell(`It is out of the way, and kept as ${to}. The next cleanup goes on.`);
          await refresh();
        }}
      >
        <p>
          <code>{object}</code> is kept byte for byte in the folder quarantine/ of the store, and what it
          claims to need is not deleted. No backup of this installation needs it.
        </p>
        <p>Someone who may write to the store has put it there, or damaged it. Find out who can.</p>
      </ConfirmDialog>
    </>
  );
}
