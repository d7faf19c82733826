/** How the objects of a store are locked against deletion. */
export interface LockPolicy {
  mode: 'governance' | 'compliance';
  /** How long what a backup needs cannot be deleted, at least. */
  days: number;
}
