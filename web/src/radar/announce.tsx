import { Radio, TextInput } from '@mantine/core';
import { useState } from 'react';
import { client } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { formatTime } from '../format/times.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useNotice } from '../parts/notices.tsx';
import classes from './announce.module.css';

/** In hours; the last is the longest that the server takes. */
const spans = [
  { hours: 2, words: '2 hours' },
  { hours: 6, words: '6 hours' },
  { hours: 24, words: '1 day' },
  { hours: 7 * 24, words: '7 days' },
  { hours: 31 * 24, words: '31 days' },
];

const hourMs = 3_600_000;
/** The clock of the browser may be ahead of the server's. */
const clockLeewayMs = 60_000;

/** `orders, sales.*` as a list. */
function tablesIn(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '');
}

/** Announces a change of the data, so that it raises no alarm. */
export function Announce({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [tables, setTables] = useState('');
  const [hours, setHours] = useState(6);
  const refresh = useRefresh();
  const tell = useNotice();
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title="Announce a change"
      confirmLabel="Announce it"
      keepLabel="Close"
      blocked={reason.trim() === ''}
      onConfirm={async () => {
        const { until } = await client.announce({
          reason: reason.trim(),
          tables: tablesIn(tables),
          until: new Date(Date.now() + hours * hourMs - clockLeewayMs).toISOString(),
        });
        tell(`It is announced until ${formatTime(until)}.`);
        setReason('');
        setTables('');
        await refresh();
      }}
    >
      <div className={classes.fields}>
        <TextInput
          label="What is to happen"
          description="Such as “orders of 2019 go to the archive”."
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={1_000}
          required
          data-autofocus
        />
        <TextInput
          label="Only in these tables"
          description="Such as orders, sales.* – empty for the whole database."
          value={tables}
          onChange={(event) => setTables(event.currentTarget.value)}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
        />
        <Radio.Group
          label="For how long from now"
          description="The next backup may be taken later: what counts is when the data change."
          value={String(hours)}
          onChange={(value) => setHours(Number(value))}
        >
          <div className={classes.spans}>
            {spans.map((each) => (
              <Radio key={each.hours} value={String(each.hours)} label={each.words} />
            ))}
          </div>
        </Radio.Group>
      </div>
    </ConfirmDialog>
  );
}
