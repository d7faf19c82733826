import { Checkbox, NativeSelect, NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { channelKinds, defaultTopics, type ChannelKind } from '../../../src/contract/channel-kinds.ts';
import { channelKindWords } from '../../../src/contract/channel-words.ts';
import { topicWords, type Topic } from '../../../src/contract/topics.ts';
import { client } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useNotice } from '../parts/notices.tsx';
import classes from './channels.module.css';

export interface AddedChannel {
  name: string;
  /** Of a webhook, this once. */
  secret: string;
}

interface AddChannelProps {
  opened: boolean;
  onClose: () => void;
  /** Called for one that has a secret to be kept. */
  onAdded: (added: AddedChannel) => void;
}

/** What most channels are told of where nothing is chosen. */
const usualTopics = defaultTopics('webhook');
const whatTheAddressSays = 'What the address says';

export function AddChannel({ opened, onClose, onAdded }: AddChannelProps) {
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [kind, setKind] = useState<ChannelKind | ''>('');
  const [chosen, setChosen] = useState<readonly Topic[] | null>(null);
  const [hours, setHours] = useState(24);
  const refresh = useRefresh();
  const tell = useNotice();
  const called = kind === 'healthchecks';
  const topics = chosen ?? usualTopics;
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title="Add a channel"
      confirmLabel="Add it"
      keepLabel="Close"
      blocked={name.trim() === '' || url.trim() === '' || topics.length === 0}
      onConfirm={async () => {
        const { secret, ...channel } = await client.createChannel({
          name: name.trim(),
          url: url.trim(),
          ...(kind === '' ? {} : { kind }),
          ...(chosen === null || called ? {} : { topics: [...chosen] }),
          repeatHours: hours,
        });
        if (secret === null) tell(`The channel ${channel.name} is added. Test it.`);
        else onAdded({ name: channel.name, secret });
        setName('');
        setUrl('');
        setChosen(null);
        await refresh();
      }}
    >
      <div className={classes.fields}>
        <TextInput
          label="Name"
          description="To know it by, such as “on-call”: a-z, 0-9 and -."
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          maxLength={63}
          autoComplete="off"
          required
          data-autofocus
        />
        <TextInput
          label="Address"
          description="Such as https://hooks.slack.com/… or smtps://user:password@host/?from=…&to=…. It is not shown again."
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          maxLength={2000}
          autoComplete="off"
          spellCheck={false}
          required
        />
        <NativeSelect
          label="Kind"
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as ChannelKind | '')}
          data={[
            { value: '', label: whatTheAddressSays },
            ...channelKinds.map((each) => ({ value: each, label: channelKindWords[each] })),
          ]}
        />
        {called ? (
          <p className={classes.about}>
            It is called every 15 minutes while all is well; its silence is the alarm.
          </p>
        ) : (
          <>
            <Checkbox.Group
              label="What it is told of"
              value={[...topics]}
              onChange={(values) => setChosen(values as Topic[])}
            >
              <div className={classes.topics}>
                {(Object.keys(topicWords) as Topic[]).map((each) => (
                  <Checkbox key={each} value={each} label={sentence(topicWords[each])} />
                ))}
              </div>
            </Checkbox.Group>
            <NumberInput
              label="Told again after"
              description="While a problem lasts, in hours; 0 for never."
              value={hours}
              onChange={(value) => setHours(Number(value))}
              min={0}
              max={720}
            />
          </>
        )}
      </div>
    </ConfirmDialog>
  );
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
