/** Kinds of stores and what they are for, in words. Pure. */
import type { BackupCopy, StoreSummary } from '../../../src/contract/shapes.ts';

export const kindNames: Record<StoreSummary['kind'], string> = {
  database: 'In the database',
  file: 'Folder',
  s3: 'S3 bucket',
  azure: 'Azure container',
  sftp: 'SFTP server',
  memory: 'Memory',
};

export const roleNames: Record<StoreSummary['role'], string> = {
  written: 'Backups are written here',
  copy: 'Backups are copied here',
  other: 'Not used automatically',
};

export const copyNames: Record<BackupCopy['state'], string> = {
  due: 'Due',
  copying: 'Copying',
  copied: 'Copied',
  failed: 'Failed',
  damaged: 'Damaged',
};
