import { Button } from '@mantine/core';
import { BackLink } from '../parts/back-link.tsx';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { ApiError, type BackupDetail } from '../data/client.ts';
import { isAlive, useBackup, useFindings } from '../data/queries.ts';
import { Icon } from '../parts/icon.tsx';
import { FindingNote } from '../parts/finding-note.tsx';
import { EmptyState, ErrorNote } from '../parts/notes.tsx';
import { useFailureNotice } from '../parts/notices.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';
import { RunProgress } from '../parts/run-progress.tsx';
import { Badge, StateBadge } from '../parts/state-badge.tsx';
import { PageSkeleton } from '../parts/page-skeleton.tsx';
import { BackupEnd } from './backup-end.tsx';
import { BackupFacts } from './backup-facts.tsx';
import { BackupPlaces } from './backup-places.tsx';
import { BackupProof } from './backup-proof.tsx';
import { BackupContentsTabs } from './backup-contents.tsx';
import { BackupVerifications } from './backup-verifications.tsx';
import { BackupWarnings } from './backup-warnings.tsx';
import { kindOf, restoreAddress, scopeOf } from './backup-words.ts';
import { ClosedContents } from './closed-contents.tsx';
import { CancelBackup } from './cancel-run.tsx';
import { DeleteBackup } from './delete-backup.tsx';
import { DownloadMenu } from './download-menu.tsx';
import { VerifyBackup } from './verify-backup.tsx';
import { useBackupChange } from './use-backup-change.ts';
import { Allowed } from '../parts/allowed.tsx';

export default function BackupPage({ id }: { id: number }) {
  const { data: backup, error, refetch } = useBackup(id);
  if (backup) return <Loaded backup={backup} />;
  if (!error) return <PageSkeleton />;
  const missing = error instanceof ApiError && ['BACKUP_NOT_FOUND', 'INVALID_REQUEST'].includes(error.code);
  return (
    <>
      <PageHeader title={missing ? 'Backup not found' : `Backup ${id}`} above={<Back />} />
      {missing ? (
        <Panel>
          <EmptyState
            title="Backup not found"
            action={
              <Button component={Link} href="/backups">
                Go to the backups
              </Button>
            }
          >
            It was deleted, by hand or by the retention policy, or it never existed. See the history.
          </EmptyState>
        </Panel>
      ) : (
        <ErrorNote error={error} retry={() => void refetch()} />
      )}
    </>
  );
}

function Back() {
  return <BackLink href="/backups">Backups</BackLink>;
}

function Loaded({ backup }: { backup: BackupDetail }) {
  const { id, contents } = backup;
  const found = useFindings().data?.findings.filter(({ backupId }) => backupId === id) ?? [];
  return (
    <>
      <PageHeader
        title={`Backup ${id}`}
        above={<Back />}
        beside={
          <>
            {backup.damaged ? <Badge tone="bad">Damaged</Badge> : <StateBadge state={backup.status} />}
            {backup.pinned ? <Badge tone="live">Pinned</Badge> : null}
          </>
        }
        actions={<Actions backup={backup} />}
      >
        {backup.description ?? `${kindOf(backup)}. ${scopeOf(backup)}.`}
      </PageHeader>
      <BackupEnd backup={backup} />
      {found.map((finding) => (
        <FindingNote key={finding.id} finding={finding} />
      ))}
      <BackupWarnings contents={contents} />
      {isAlive(backup) ? (
        <Panel title={backup.status === 'queued' ? 'Waiting for another run' : 'In progress'}>
          <RunProgress name={`Backup ${id}`} progress={backup.progress} startedAt={backup.startedAt} />
        </Panel>
      ) : null}
      <Panel title="The run">
        <BackupFacts backup={backup} />
      </Panel>
      {backup.status === 'completed' ? <BackupPlaces backup={backup} /> : null}
      {/* A scratch database has no server of its own, which roles could be made on. */}
      {backup.status === 'completed' && backup.type !== 'globals' ? <BackupProof backup={backup} /> : null}
      {backup.status === 'completed' ? <BackupVerifications backup={backup} /> : null}
      {contents ? (
        <BackupContentsTabs backup={backup} contents={contents} />
      ) : (
        <ClosedContents backup={backup} />
      )}
    </>
  );
}

function Actions({ backup }: { backup: BackupDetail }) {
  const [deleting, setDeleting] = useState(false);
  const [verifying, setVerifying] = useState(false);
  const [, go] = useLocation();
  const change = useBackupChange(backup);
  const failed = useFailureNotice();
  if (isAlive(backup)) return <CancelBackup id={backup.id} />;
  const good = backup.status === 'completed';
  return (
    <>
      <Allowed to="deleteBackup">
        <Button variant="default" leftSection={<Icon name="trash" />} onClick={() => setDeleting(true)}>
          Delete
        </Button>
      </Allowed>
      {good ? (
        <>
          <Allowed to="pinBackup">
            <Button
              variant="default"
              leftSection={<Icon name="pin" />}
              onClick={() => void change.togglePin().catch(failed)}
            >
              {backup.pinned ? 'Unpin' : 'Pin'}
            </Button>
          </Allowed>
          <Allowed to="verifyBackup">
            <Button variant="default" leftSection={<Icon name="check" />} onClick={() => setVerifying(true)}>
              Verify
            </Button>
          </Allowed>
          <Allowed to="downloadBackup">
            <DownloadMenu id={backup.id} />
          </Allowed>
          <Allowed to={backup.type === 'globals' ? 'restoreGlobals' : 'restore'}>
            <Button component={Link} href={restoreAddress(backup)} leftSection={<Icon name="restore" />}>
              Restore
            </Button>
          </Allowed>
        </>
      ) : null}
      <VerifyBackup backup={backup} opened={verifying} onClose={() => setVerifying(false)} />
      <DeleteBackup
        backup={backup}
        opened={deleting}
        onClose={() => setDeleting(false)}
        onDeleted={() => go('/backups')}
      />
    </>
  );
}
