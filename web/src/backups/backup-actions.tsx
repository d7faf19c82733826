import { ActionIcon, Menu } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import type { BackupSummary } from '../data/client.ts';
import { isAlive } from '../data/queries.ts';
import { Allowed, useMay } from '../parts/allowed.tsx';
import { Icon } from '../parts/icon.tsx';
import { useFailureNotice } from '../parts/notices.tsx';
import { restoreAddress } from './backup-words.ts';
import { CancelBackup } from './cancel-run.tsx';
import { DeleteBackup } from './delete-backup.tsx';
import { DownloadItems } from './download-menu.tsx';
import { VerifyBackup } from './verify-backup.tsx';
import { useBackupChange } from './use-backup-change.ts';

/** The menu at the end of a row. */
export function BackupActions({ backup }: { backup: BackupSummary }) {
  const [deleting, setDeleting] = useState(false);
  const [verifying, setVerifying] = useState(false);
  const change = useBackupChange(backup);
  const failed = useFailureNotice();
  const may = useMay();
  if (isAlive(backup)) return <CancelBackup id={backup.id} size="xs" />;
  const good = backup.status === 'completed';
  if (!may('verifyBackup') && !may('restore')) return null;
  return (
    <>
      <Menu position="bottom-end" width={310} shadow="md">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for backup ${backup.id}`}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {good ? (
            <>
              {may('restore') ? (
                <>
                  <Menu.Item
                    component={Link}
                    href={restoreAddress(backup)}
                    leftSection={<Icon name="restore" size={16} />}
                  >
                    Restore
                  </Menu.Item>
                  <Menu.Divider />
                </>
              ) : null}
              <Allowed to="downloadBackup">
                <DownloadItems id={backup.id} />
                <Menu.Divider />
              </Allowed>
              <Allowed to="pinBackup">
                <Menu.Item
                  leftSection={<Icon name="pin" size={16} />}
                  onClick={() => void change.togglePin().catch(failed)}
                >
                  {backup.pinned ? 'Unpin' : 'Pin'}
                </Menu.Item>
              </Allowed>
              <Allowed to="verifyBackup">
                <Menu.Item leftSection={<Icon name="check" size={16} />} onClick={() => setVerifying(true)}>
                  Verify
                </Menu.Item>
              </Allowed>
            </>
          ) : null}
          <Allowed to="deleteBackup">
            <Menu.Item
              leftSection={<Icon name="trash" size={16} />}
              className="danger"
              onClick={() => setDeleting(true)}
            >
              Delete
            </Menu.Item>
          </Allowed>
        </Menu.Dropdown>
      </Menu>
      <VerifyBackup backup={backup} opened={verifying} onClose={() => setVerifying(false)} />
      <DeleteBackup backup={backup} opened={deleting} onClose={() => setDeleting(false)} />
    </>
  );
}
