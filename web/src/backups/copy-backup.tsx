import { Radio, Skeleton } from '@mantine/core';
import { useState } from 'react';
import type { BackupSummary, StoreSummary } from '../data/client.ts';
import { useStores } from '../data/queries.ts';
import { kindNames } from '../format/store-words.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import classes from './copy-backup.module.css';
import { useBackupChange } from './use-backup-change.ts';

interface CopyBackupProps {
  backup: BackupSummary;
  opened: boolean;
  onClose: () => void;
}

/** Asks to which of the configured stores a backup is copied. */
export function CopyBackup({ backup, opened, onClose }: CopyBackupProps) {
  const stores = useStores(opened);
  const { copyTo } = useBackupChange(backup);
  const [chosen, setChosen] = useState<string>();
  const held = [
    backup.store,
    ...backup.copies.filter(({ state }) => state === 'copied').map(({ store }) => store),
  ];
  const others = stores.data?.filter(({ name }) => !held.includes(name));
  const store = others?.find(({ name }) => name === chosen) ?? others?.find(({ state }) => state !== 'error');
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Copy backup ${backup.id} to another store`}
      confirmLabel="Copy the backup"
      keepLabel="Close"
      blocked={store === undefined}
      onConfirm={async () => {
        if (store) await copyTo(store.name);
      }}
    >
      {others === undefined ? (
        stores.error ? (
          <ErrorNote error={stores.error} retry={() => void stores.refetch()} />
        ) : (
          <Skeleton height={96} radius="md" />
        )
      ) : others.length === 0 ? (
        <p>
          It is in every configured store. Another store is added in the configuration; “Stores” shows how,
          step by step.
        </p>
      ) : (
        <Radio.Group
          label="To which store"
          value={store?.name ?? null}
          onChange={setChosen}
          description="Only what that store lacks is sent, and the store confirms all of it."
        >
          <div className={classes.stores}>
            {others.map((each) => (
              <Radio
                key={each.name}
                value={each.name}
                label={each.name}
                description={aboutOf(each)}
                disabled={each.state === 'error'}
              />
            ))}
          </div>
        </Radio.Group>
      )}
    </ConfirmDialog>
  );
}

function aboutOf({ kind, address, state, sealed, error }: StoreSummary): string {
  if (state === 'error') return `${address}: ${error?.message ?? 'it cannot be used'}`;
  const made = state === 'absent' ? ', made by the first copy' : '';
  return `${kindNames[kind]}, ${address}${sealed ? ', encrypted' : ''}${made}`;
}
