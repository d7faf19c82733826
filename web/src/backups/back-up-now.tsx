import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { client } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { useFailureNotice } from '../parts/notices.tsx';
import { Allowed } from '../parts/allowed.tsx';

/** Starts a full backup at once. */
export function BackUpNow({ size = 'sm' }: { size?: 'xs' | 'sm' }) {
  const refresh = useRefresh();
  const failed = useFailureNotice();
  const [, go] = useLocation();
  const order = useMutation({
    mutationFn: () => client.createBackup({ type: 'full' }),
    onSuccess: async (backup) => {
      await refresh();
      go(`/backups/${backup.id}`);
    },
    onError: failed,
  });
  return (
    <Allowed to="createBackup">
      <Button size={size} loading={order.isPending} onClick={() => order.mutate()}>
        Back up now
      </Button>
    </Allowed>
  );
}
