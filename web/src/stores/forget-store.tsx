import { useState } from 'react';
import { ApiError, client, type StoreSummary } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { counted } from '../format/numbers.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useNotice } from '../parts/notices.tsx';

interface ForgetStoreProps {
  store: StoreSummary;
  opened: boolean;
  onClose: () => void;
}

/**
 * Asks before the catalog forgets a store. Where backups are in it alone, the server refuses that and says what would be lost; then its name has to be
 * typed.
 */
export function ForgetStore({ store: { name }, opened, onClose }: ForgetStoreProps) {
  const refresh = useRefresh();
  const tell = useNotice();
  const [refused, setRefused] = useState(false);
  const forget = async (): Promise<void> => {
    try {
      const { moved, deleted } = await client.forgetStore(name, { force: refused });
      const home = moved.length === 0 ? '' : ` ${counted(moved.length, 'backup')} at home elsewhere now.`;
      const gone = deleted.length === 0 ? '' : ` ${counted(deleted.length, 'run')} taken out of the catalog.`;
      tell(`The store ${name} is forgotten.${home}${gone}`);
    } catch (error) {
      setRefused(isOnlyThere(error));
      throw error;
    }
    await refresh();
  };
  return (
    <ConfirmDialog
      opened={opened}
      onClose={() => {
        setRefused(false);
        onClose();
      }}
      title={`Forget the store ${name}?`}
      confirmLabel={refused ? 'Forget the store and these backups' : 'Forget it'}
      keepLabel="Keep it"
      danger
      {...(refused ? { typed: name } : {})}
      onConfirm={forget}
    >
      <p>
        For a store that is lost, or used no more. Nothing in the store is touched, and “Import backups” finds
        what is in it again.
      </p>
      <p>
        {refused
          ? 'The catalog would have these backups no more. Out of a store that is gone, nothing brings them back.'
          : 'Backups with a copy elsewhere are at home there then. It is refused where backups are in it alone.'}
      </p>
    </ConfirmDialog>
  );
}

function isOnlyThere(error: unknown): boolean {
  return (
    error instanceof ApiError && error.code === 'INVALID_REQUEST' && Array.isArray(error.details?.['backups'])
  );
}
