import type { TestedAction, TestedStep } from '../../contract/store-test.ts';

/** What a thief of credentials could do that are allowed this, each as the end of "a thief could …". */
export function whatThievesCanDo(steps: readonly TestedStep[]): string[] {
  const may = (action: TestedAction): boolean =>
    steps.find((step) => step.action === action)?.allowed === true;
  const can: string[] = [];
  if (may('read')) {
    can.push('read what is in the store; backups of an encrypted one tell them nothing without its keys');
  }
  if (may('list')) can.push('see how many backups there are, their times and sizes');
  if (may('write')) can.push('fill the store, and add forged backups; signed stores refuse these');
  if (may('overwrite')) can.push('destroy backups by overwriting them, unless the place keeps old versions');
  if (may('delete')) can.push('delete every backup, unless the place keeps old versions or locks objects');
  return can.length === 0 ? ['do nothing that was tried'] : can;
}
