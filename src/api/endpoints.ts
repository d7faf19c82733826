import type { EndedSessions } from '../catalog/ended-sessions.ts';
import type { Endpoint } from './endpoint.ts';
import { cancelBackup, cancelRestore } from './endpoints/cancel.ts';
import { cancelCleanup, cleanUp, readCleanup, readCleanups } from './endpoints/cleanup.ts';
import { createBackup } from './endpoints/create-backup.ts';
import { createRestore } from './endpoints/create-restore.ts';
import { deleteBackup, deleteBackupByQuery } from './endpoints/delete-backup.ts';
import { events } from './endpoints/events.ts';
import { init, readInitPlan } from './endpoints/init.ts';
import { openApi } from './endpoints/openapi.ts';
import { readBackup, readBackups } from './endpoints/read-backup.ts';
import { sessionEndpoints } from './endpoints/session.ts';
import { readBackupSchema } from './endpoints/read-schema.ts';
import { readRestore, readRestores } from './endpoints/read-restore.ts';
import {
  deleteNamedSchedule,
  previewNamedRetention,
  previewNamedSchedule,
  previewUnsavedNamedSchedule,
  readNamedSchedule,
  readSchedules,
  setNamedSchedule,
} from './endpoints/named-schedules.ts';
import { pinBackup } from './endpoints/pin.ts';
import {
  previewRetention,
  previewSavedRetention,
  previewSchedule,
  previewUnsavedSchedule,
  readSchedule,
  setSchedule,
} from './endpoints/schedule.ts';
import { readMissingTables, readTables } from './endpoints/tables.ts';
import { status } from './endpoints/status.ts';
import {
  cancelVerification,
  readVerification,
  readVerifications,
  verifyBackup,
} from './endpoints/verification.ts';
import { signInLimit } from './auth/sign-in-limit.ts';

const described: readonly Endpoint[] = [
  init,
  readInitPlan,
  status,
  createBackup,
  readBackups,
  deleteBackupByQuery,
  readBackup,
  deleteBackup,
  readBackupSchema,
  readTables,
  readMissingTables,
  cancelBackup,
  pinBackup,
  readSchedule,
  setSchedule,
  previewSchedule,
  previewUnsavedSchedule,
  readSchedules,
  readNamedSchedule,
  setNamedSchedule,
  deleteNamedSchedule,
  previewNamedSchedule,
  previewUnsavedNamedSchedule,
  previewNamedRetention,
  previewSavedRetention,
  previewRetention,
  cleanUp,
  readCleanups,
  readCleanup,
  cancelCleanup,
  createRestore,
  readRestores,
  readRestore,
  cancelRestore,
  verifyBackup,
  readVerifications,
  readVerification,
  cancelVerification,
  events,
];

/** Everything the HTTP face answers. */
export function allEndpoints(version: string, ended: EndedSessions): readonly Endpoint[] {
  const all = [...sessionEndpoints(signInLimit(), ended), ...described];
  return [...all, openApi(all, version)];
}
