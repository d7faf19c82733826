import { client, type StoreSummary } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { formatTime } from '../format/times.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useNotice } from '../parts/notices.tsx';

interface TakeStoreProps {
  store: StoreSummary;
  opened: boolean;
  onClose: () => void;
}

/** Asks before this installation becomes the one that writes to a store. */
export function TakeStore({ store: { name, writer }, opened, onClose }: TakeStoreProps) {
  const refresh = useRefresh();
  const tell = useNotice();
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={`Take over the store ${name}?`}
      confirmLabel="Take over"
      keepLabel="Leave it"
      danger
      typed={name}
      onConfirm={async () => {
        await client.takeStore(name);
        tell(`This installation writes to ${name} now.`);
        await refresh();
      }}
    >
      <p>
        One installation writes to a store. After this it is this one, and any other is refused from then on,
        also in a backup that it is just taking.
      </p>
      <p>
        Do it after a move to another server, or when the other installation is gone for good. Never do it in
        a copy of production, such as a staging system: its cleanup would delete production’s backups.
      </p>
      <p>
        {writer
          ? `The last to write was ${writer.host}, ${formatTime(writer.at)}.`
          : 'It is not known who wrote to it last.'}{' '}
        What the store holds is listed again, which takes time in a large one.
      </p>
    </ConfirmDialog>
  );
}
