import { z } from 'zod';
import {
  backupAnswer,
  backupBody,
  backupDetail,
  backupListQueryText,
  backupPage,
  deleteAnswer,
  downloadFormat,
  downloadFormats,
  pinBody,
} from '../backup.ts';
import { flagText, idText, waitText } from '../fields.ts';
import { downloadBody, openBody } from '../identity.ts';
import { route } from '../route.ts';

const params = z.object({ id: idText });

export const createBackup = route({
  method: 'POST',
  path: '/backup',
  scope: 'backup',
  summary: 'Take a backup',
  description: 'Answers at once, or with `?wait=` or `Prefer: wait=` when the backup has ended.',
  query: z.strictObject({ wait: waitText.optional() }),
  body: backupBody,
  answers: {
    201: { description: 'It has completed', schema: backupAnswer },
    202: { description: 'It is running; its address is in Location', schema: backupAnswer },
  },
});

const download = {
  download: flagText.optional().meta({ description: 'Answer with the backup itself, as SQL for psql' }),
  format: downloadFormat.optional().meta({ description: `Of a download; default ${downloadFormats[0]}` }),
};
const oneBackup = z.object({ backup: backupDetail });
const downloadTypes = ['application/zstd', 'application/gzip', 'application/sql', 'application/x-tar'];

export const readBackups = route({
  method: 'GET',
  path: '/backup',
  scope: 'read',
  summary: 'List backups; with id, one of them or its download',
  query: z.strictObject({ id: idText.optional(), ...download, ...backupListQueryText }),
  answers: {
    200: {
      description: 'The backup, or its data',
      schema: z.union([backupPage, oneBackup]),
      mediaTypes: downloadTypes,
    },
  },
});

export const readBackup = route({
  method: 'GET',
  path: '/backup/{id}',
  scope: 'read',
  summary: 'One backup, or its download',
  params,
  query: z.strictObject(download),
  answers: { 200: { description: 'The backup, or its data', schema: oneBackup, mediaTypes: downloadTypes } },
});

export const readBackupSchema = route({
  method: 'GET',
  path: '/backup/{id}/schema',
  scope: 'restore',
  summary: 'The definitions in a backup, as SQL',
  params,
  answers: { 200: { description: 'What makes everything but the rows', mediaTypes: ['application/sql'] } },
});

/*
 * What an encrypted backup holds is read by POST, with the key in the body: what is in an address or a header is in the logs of
 * proxies, and a form of another site cannot send JSON.
 */

export const openBackup = route({
  method: 'POST',
  path: '/backup/{id}/open',
  scope: 'restore',
  summary: 'One backup with its contents, by the key of an encrypted store',
  params,
  body: openBody,
  answers: { 200: { description: 'The backup', schema: oneBackup } },
});

export const openBackupSchema = route({
  method: 'POST',
  path: '/backup/{id}/schema',
  scope: 'restore',
  summary: 'The definitions in a backup, as SQL, by the key of an encrypted store',
  params,
  body: openBody,
  answers: { 200: { description: 'What makes everything but the rows', mediaTypes: ['application/sql'] } },
});

export const downloadBackup = route({
  method: 'POST',
  path: '/backup/{id}/download',
  scope: 'restore',
  summary: 'The download of a backup, by the key of an encrypted store',
  params,
  body: downloadBody,
  answers: { 200: { description: 'Its data, as SQL for psql', mediaTypes: downloadTypes } },
});

const deletion = {
  method: 'DELETE',
  summary: 'Delete a backup, and the chunks no other backup needs',
  answers: { 200: { description: 'It is gone', schema: deleteAnswer } },
} as const;

const despiteFinding = flagText
  .optional()
  .meta({ description: 'Also one that an open finding of damage keeps (BACKUP_HELD)' });

export const deleteBackup = route({
  ...deletion,
  path: '/backup/{id}',
  params,
  query: z.strictObject({ despiteFinding }),
});

/** The same by the other address of a backup. */
export const deleteBackupByQuery = route({
  ...deletion,
  path: '/backup',
  query: z.strictObject({ id: idText, despiteFinding }),
});

export const cancelBackup = route({
  method: 'POST',
  path: '/backup/{id}/cancel',
  scope: 'backup',
  summary: 'Stop a running backup',
  params,
  answers: {
    200: {
      description: 'As it is now; a running one ends as cancelled within seconds',
      schema: backupAnswer,
    },
  },
});

export const pinBackup = route({
  method: 'POST',
  path: '/backup/{id}/pin',
  summary: 'Pin a backup, so that the retention policy never deletes it, or unpin it',
  params,
  body: pinBody,
  answers: { 200: { description: 'The backup as it is now', schema: backupAnswer } },
});
