import { admitted, type Scope } from './scopes.ts';

/**
 * What each call needs that does or opens something, by the name of its operation. A test compares it with what is enforced: the page
 * offers by it what a caller may do. Pure.
 */
export const neededScopes = {
  announce: 'admin',
  cancelBackup: 'backup',
  cancelCheck: 'backup',
  cancelCleanup: 'admin',
  cancelCopy: 'backup',
  cancelDrill: 'restore',
  cancelImport: 'admin',
  cancelRestore: 'restore',
  cancelScrub: 'backup',
  cancelVerification: 'backup',
  changeChannel: 'admin',
  checkStore: 'backup',
  cleanUp: 'admin',
  copyBackup: 'backup',
  createBackup: 'backup',
  createChannel: 'admin',
  createStore: 'admin',
  createToken: 'admin',
  decideApproval: 'restore',
  decideFinding: 'admin',
  deleteBackup: 'admin',
  deleteChannel: 'admin',
  deleteToken: 'admin',
  diffBackup: 'restore',
  downloadBackup: 'restore',
  drillBackup: 'restore',
  endAnnouncement: 'admin',
  findRows: 'restore',
  forgetStore: 'admin',
  getBackupSchema: 'restore',
  importStore: 'admin',
  init: 'admin',
  pinBackup: 'admin',
  planGlobals: 'restore',
  planRestore: 'restore',
  planUndo: 'restore',
  queryBackup: 'restore',
  restore: 'restore',
  restoreGlobals: 'restore',
  rowHistory: 'restore',
  scrubStore: 'backup',
  setDocumentAside: 'admin',
  takeStore: 'admin',
  testChannel: 'admin',
  testStore: 'backup',
  undoRestore: 'restore',
  updateSchedule: 'admin',
  verifyAudit: 'admin',
  verifyBackup: 'backup',
} as const satisfies Record<string, Scope>;

export type ScopedCall = keyof typeof neededScopes;

/** Whether one who has these scopes may make a call. */
export function mayCall(held: readonly Scope[], call: ScopedCall): boolean {
  return admitted(held, neededScopes[call]);
}
