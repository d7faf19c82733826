import { counted } from '../../base/units.ts';
import type { StoreSelfTest, TestedAction } from '../../contract/store-test.ts';

type Found = Pick<StoreSelfTest, 'steps' | 'versions' | 'lock' | 'retention'>;

/** What a thief of credentials could do that are allowed this, each as the end of "a thief could …". */
export function whatThievesCanDo({ steps, versions, lock }: Found): string[] {
  const may = (action: TestedAction): boolean =>
    steps.find((step) => step.action === action)?.allowed === true;
  const can: string[] = [];
  if (may('read')) {
    can.push('read what is in the store; backups of an encrypted one tell them nothing without its keys');
  }
  if (may('list')) can.push('see how many backups there are, their times and sizes');
  if (may('write')) can.push('fill the store, and add forged backups; signed stores refuse these');
  const isRecoverable = versions === 'kept' && !may('deleteVersion');
  if (lock?.holds && lock.bypassed !== true) {
    if (may('overwrite') || may('delete')) {
      can.push(
        'hide backups by overwriting or deleting them; what is locked stays as an old version and can be brought back',
      );
    }
  } else if (isRecoverable) {
    if (may('overwrite') || may('delete')) {
      can.push(
        'hide backups by overwriting or deleting them; their old versions stay and can be brought back, until a lifecycle rule of the bucket ends them',
      );
    }
  } else {
    const unless = versions === 'unknown' ? ', unless the place keeps old versions or locks objects' : '';
    if (may('overwrite')) can.push(`destroy backups by overwriting them${unless}`);
    const withVersions = may('deleteVersion') ? ', and its old versions too' : unless;
    if (may('delete')) can.push(`delete every backup${withVersions}`);
  }
  if (lock?.bypassed)
    can.push('end the locks of objects, which the mode governance lets those who have that permission');
  return can.length === 0 ? ['do nothing that was tried'] : can;
}

/** What the way in which a place keeps old versions means for cost and recovery. */
export function whatVersionsMean({ versions, lock, retention }: Found): string[] {
  if (retention) {
    return [
      `By a rule of the bucket, whatever is written is locked for ${counted(retention.days, 'day')} (${retention.mode}). What a cleanup deletes is hidden at once, stays as an old version until its lock ends, and is paid for until a lifecycle rule ends noncurrent versions.${lock ? '' : ' The rule counts from the day of writing: what is older than that and still needed is not locked any more. objectLock locks it anew.'}`,
    ];
  }
  if (versions === 'kept') {
    return [
      'The bucket keeps old versions: what a cleanup deletes stays in it and is paid for, and a deleted backup can be brought back. A lifecycle rule that ends noncurrent versions after some days, and expired delete markers, frees the room.',
    ];
  }
  if (versions === 'suspended') {
    return ['The bucket no longer keeps old versions; those of earlier days stay until they are deleted.'];
  }
  if (versions === 'none' && !lock) {
    return [
      'The bucket keeps no old versions: what is deleted or overwritten, also by a thief or by mistake, is gone.',
    ];
  }
  return [];
}
