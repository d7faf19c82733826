import { Button } from '@mantine/core';
import { useState } from 'react';
import { client, type Channel, type ChannelTestAnswer } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useNotice } from '../parts/notices.tsx';
import { useAttempt } from '../parts/use-attempt.ts';
import classes from './channels.module.css';
import { Allowed } from '../parts/allowed.tsx';

interface ChannelActionsProps {
  channel: Channel;
  onTested: (answer: ChannelTestAnswer) => void;
}

export function ChannelActions({ channel: { id, name, enabled }, onTested }: ChannelActionsProps) {
  const [removing, setRemoving] = useState(false);
  const [pending, attempt] = useAttempt();
  const refresh = useRefresh();
  const tell = useNotice();
  return (
    <div className={classes.buttons}>
      <Allowed to="testChannel">
        <Button
          variant="default"
          size="xs"
          loading={pending}
          onClick={() => void attempt(async () => onTested(await client.testChannel(id)))}
        >
          Test<span className="visually-hidden"> the channel {name}</span>
        </Button>
      </Allowed>
      <Allowed to="changeChannel">
        <Button
          variant="default"
          size="xs"
          disabled={pending}
          onClick={() =>
            void attempt(async () => {
              await client.changeChannel(id, { enabled: !enabled });
              tell(`The channel ${name} is ${enabled ? 'off' : 'on'}.`);
            })
          }
        >
          {enabled ? 'Switch off' : 'Switch on'}
          <span className="visually-hidden"> the channel {name}</span>
        </Button>
      </Allowed>
      <Allowed to="deleteChannel">
        <Button variant="default" size="xs" onClick={() => setRemoving(true)}>
          Remove<span className="visually-hidden"> the channel {name}</span>
        </Button>
      </Allowed>
      <ConfirmDialog
        opened={removing}
        onClose={() => setRemoving(false)}
        title={`Remove the channel ${name}?`}
        confirmLabel="Remove it"
        danger
        onConfirm={async () => {
          await client.deleteChannel(id);
          tell(`The channel ${name} is removed.`);
          await refresh();
        }}
      >
        <p>Nothing is sent there any more. Messages that wait for it are gone too.</p>
      </ConfirmDialog>
    </div>
  );
}
