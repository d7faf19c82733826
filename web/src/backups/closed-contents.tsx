import { Button } from '@mantine/core';
import { useState } from 'react';
import { ApiError, client, type BackupDetail } from '../data/client.ts';
import { useKey } from '../parts/ask-key.tsx';
import { EmptyState } from '../parts/notes.tsx';
import { useFailureNotice } from '../parts/notices.tsx';
import { Panel } from '../parts/panel.tsx';
import { BackupContentsTabs } from './backup-contents.tsx';

/** The contents of an encrypted backup, shown with the recovery key until the screen is left. */
export function ClosedContents({ backup }: { backup: BackupDetail }) {
  const [opened, setOpened] = useState<BackupDetail['contents']>(null);
  const withKey = useKey();
  const failed = useFailureNotice();
  const { id, contentsError } = backup;
  if (contentsError?.code !== 'KEY_REQUIRED') return null;
  if (opened) return <BackupContentsTabs backup={backup} contents={opened} withKey />;
  const open = (): Promise<unknown> =>
    withKey(async (identity) => {
      if (identity === undefined) throw new ApiError(409, contentsError);
      const answer = await client.getBackup(id, { identity });
      if (answer.contentsError) throw new ApiError(409, answer.contentsError);
      setOpened(answer.contents);
    }).catch(failed);
  return (
    <Panel title="Contents">
      <EmptyState
        title="What is in it is encrypted"
        action={<Button onClick={() => void open()}>Open with the recovery key</Button>}
      >
        The recovery key shows it. The key is used for that alone, and is not kept.
      </EmptyState>
    </Panel>
  );
}
