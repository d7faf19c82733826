import { Button } from '@mantine/core';
import { useState } from 'react';
import { client, type BackupDetail, type Verification } from '../data/client.ts';
import { isAlive, useVerifications } from '../data/queries.ts';
import { useRefresh } from '../data/refresh.ts';
import { levelNames } from '../format/level-words.ts';
import { formatShare } from '../format/numbers.ts';
import { Nothing, Time } from '../parts/figures.tsx';
import { lostIn, LostRowsList } from '../parts/lost-rows.tsx';
import { useFailureNotice, useNotice } from '../parts/notices.tsx';
import { Panel } from '../parts/panel.tsx';
import { RowTable, type Column } from '../parts/row-table.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import { StateBadge } from '../parts/state-badge.tsx';
import { VerifyBackup } from './verify-backup.tsx';
import { Allowed } from '../parts/allowed.tsx';

const columns: Column<Verification>[] = [
  { title: 'State', heading: true, cell: ({ status }) => <StateBadge state={status} /> },
  {
    title: 'Level',
    cell: ({ level, share }) =>
      share === null ? levelNames[level] : `${levelNames[level]}, ${formatShare(share)} of it`,
  },
  { title: 'Store', cell: ({ store }) => store ?? <Nothing /> },
  { title: 'When', cell: ({ startedAt, createdAt }) => <Time at={startedAt ?? createdAt} /> },
  { title: 'Found', cell: (verification) => <Found verification={verification} /> },
  {
    title: 'Actions',
    hiddenTitle: true,
    numeric: true,
    cell: (verification) => <CancelVerification verification={verification} />,
  },
];

/** The last times that a completed backup was read again, and what was found. */
export function BackupVerifications({ backup }: { backup: BackupDetail }) {
  const [choosing, setChoosing] = useState(false);
  const { data = [] } = useVerifications(backup.id);
  return (
    <Panel
      title="Verifications"
      flush={data.length > 0}
      actions={
        <Allowed to="verifyBackup">
          <Button variant="default" size="xs" onClick={() => setChoosing(true)}>
            Verify at a level
          </Button>
        </Allowed>
      }
    >
      {data.length > 0 ? (
        <RowTable
          caption={`Verifications of backup ${backup.id}`}
          columns={columns}
          rows={data}
          rowKey={({ id }) => id}
        />
      ) : (
        <p>
          A verification reads it again from the store, as far as its level says. It was not read again
          lately.
        </p>
      )}
      <VerifyBackup backup={backup} opened={choosing} onClose={() => setChoosing(false)} />
    </Panel>
  );
}

function Found({ verification }: { verification: Verification }) {
  const { id, status, report, error, progress, startedAt } = verification;
  if (isAlive(verification)) {
    return status === 'queued' ? (
      'Waiting for another run'
    ) : (
      <RunProgress name={`Verification ${id}`} progress={progress} startedAt={startedAt} compact />
    );
  }
  if (error === null) return report?.proved ?? <Nothing />;
  return (
    <>
      {error.message}
      {error.hint === undefined ? '' : ` ${error.hint}`}
      <LostRowsList lost={lostIn(error.details)} />
    </>
  );
}

function CancelVerification({ verification }: { verification: Verification }) {
  const refresh = useRefresh();
  const tell = useNotice();
  const failed = useFailureNotice();
  if (!isAlive(verification)) return null;
  const { id, backupId } = verification;
  const cancel = async (): Promise<void> => {
    await client.cancelVerification(id);
    tell(`The verification of backup ${backupId} is being cancelled. Nothing is known of it then.`);
    await refresh();
  };
  return (
    <Allowed to="cancelVerification">
      <Button size="xs" variant="default" onClick={() => void cancel().catch(failed)}>
        Cancel<span className="visually-hidden"> verification {id}</span>
      </Button>
    </Allowed>
  );
}
