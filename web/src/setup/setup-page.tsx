import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { client } from '../data/client.ts';
import { PageHeader } from '../parts/page-header.tsx';

interface SetupPageProps {
  onBegin: () => void;
  onDone: () => void;
}

export function SetupPage({ onDone }: SetupPageProps) {
  const queries = useQueryClient();
  const init = useMutation({
    mutationFn: () => client.init(),
    onSuccess: async () => {
      await queries.invalidateQueries();
      onDone();
    },
  });
  return (
    <PageHeader
      title="Set up"
      actions={
        <Button loading={init.isPending} onClick={() => init.mutate()}>
          Set up
        </Button>
      }
    />
  );
}
