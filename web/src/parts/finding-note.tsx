import { Button, Checkbox, List, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { client, type Finding } from '../data/client.ts';
import { useRefresh } from '../data/refresh.ts';
import { counted } from '../format/numbers.ts';
import { formatTime } from '../format/times.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import classes from './finding-note.module.css';
import { Note } from './notes.tsx';
import { useNotice } from './notices.tsx';
import { Allowed } from './allowed.tsx';

const namedInAddress = 20;
const listed = 10;

/** What looks like damage to the data, with its figures and the two ways to settle it. */
export function FindingNote({ finding }: { finding: Finding }) {
  const { backupId, state, signs, total, withoutId, withoutAt } = finding;
  const [asking, setAsking] = useState(false);
  const isOpen = state === 'open';
  const title = isOpen ? `Data looks damaged in backup ${backupId}` : settledTitle(finding);
  return (
    <div className={classes.note}>
      <Note
        tone={isOpen ? 'bad' : 'quiet'}
        title={title}
        action={
          isOpen ? (
            <>
              {withoutId === null ? null : (
                <Allowed to="restore">
                  <Button size="xs" component={Link} href={restoreAddress(finding)}>
                    Restore from backup {withoutId}
                  </Button>
                </Allowed>
              )}
              <Allowed to="decideFinding">
                <Button variant="default" size="xs" onClick={() => setAsking(true)}>
                  Looks right
                </Button>
              </Allowed>
            </>
          ) : null
        }
      >
        <List size="sm">
          {signs.slice(0, listed).map(({ message, table, settled }) => (
            <List.Item key={`${table} ${message}`}>
              {message}
              {isOpen && settled !== null ? ` (${settledWords[settled]})` : ''}
            </List.Item>
          ))}
        </List>
        {total > listed ? <p>And {counted(total - listed, 'more table')}.</p> : null}
        {isOpen ? (
          <p>
            {withoutId === null || withoutAt === null
              ? 'The last backup without it was deleted.'
              : `Backup ${withoutId} of ${formatTime(withoutAt)} is the last one without it.`}{' '}
            Backups from before the damage are kept until this is settled.
          </p>
        ) : null}
        {finding.explanation === null ? null : <p>Expected: {finding.explanation}</p>}
        {finding.note === null ? null : <p>{finding.note}</p>}
      </Note>
      <LooksRight finding={finding} opened={asking} onClose={() => setAsking(false)} />
    </div>
  );
}

interface LooksRightProps {
  finding: Finding;
  opened: boolean;
  onClose: () => void;
}

/** Asks before a finding is settled: from then on cleanup may delete what is from before it. */
function LooksRight({ finding: { id, signs, total }, opened, onClose }: LooksRightProps) {
  const refresh = useRefresh();
  const tell = useNotice();
  const [usual, setUsual] = useState(false);
  const [note, setNote] = useState('');
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title="Is the database as it is meant to be?"
      confirmLabel="Looks right"
      onConfirm={async () => {
        await client.decideFinding(id, { decision: 'looks-right', usual, note: note.trim() || null });
        tell(`Finding ${id} is settled.`);
        await refresh();
      }}
    >
      <p>
        {signs.length === 1 ? 'What was found' : `All ${counted(total, 'sign')} of finding ${id}`} will count
        as right. When nothing else is open, cleanup goes on, and may delete the last backups that hold the
        data as they were.
      </p>
      <div className={classes.decision}>
        <Checkbox
          label="This is ordinary here"
          description="The like of it is not reported again for these tables."
          checked={usual}
          onChange={(event) => setUsual(event.currentTarget.checked)}
        />
        <TextInput
          label="Note"
          description="Optional. Why it is right, for those who ask later."
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
          maxLength={1_000}
        />
      </div>
    </ConfirmDialog>
  );
}

const settledWords = { 'looks-right': 'called right', restored: 'restored', explained: 'expected' } as const;

function settledTitle({ state, backupId, decidedAt }: Finding): string {
  if (state === 'explained') return `Backup ${backupId} differs as it was announced`;
  return `What looked like damage in backup ${backupId} was settled${decidedAt === null ? '' : ` at ${formatTime(decidedAt)}`}`;
}

/** The restore with the last backup without the damage and the damaged tables chosen. */
function restoreAddress({ withoutId, signs, total }: Finding): string {
  const query = new URLSearchParams({ backup: String(withoutId) });
  const tables = [...new Set(signs.filter(({ settled }) => settled === null).map(({ table }) => table))];
  // A sign about the database as a whole names no table.
  if (
    tables.length <= namedInAddress &&
    total === signs.length &&
    tables.every((name) => name.includes('.'))
  ) {
    query.set('step', 'review');
    for (const table of tables) query.append('table', table);
  }
  return `/restore?${query.toString()}`;
}
