import { count } from '../base/units.ts';
import type { LostBackups } from './store.ts';

/** What the catalog loses with a store, in words. Pure. */

const namedAtMost = 10;

/** `backups 1, 2 and 3 more` */
function named(ids: readonly number[]): string {
  const shown = ids.slice(0, namedAtMost).join(', ');
  const more = ids.length > namedAtMost ? ` and ${count(ids.length - namedAtMost)} more` : '';
  return `${ids.length === 1 ? 'backup' : 'backups'} ${shown}${more}`;
}

/** Which backups have no other place, and which of them were to be kept whatever a policy says. */
export function lostBackupsSentence(
  store: string,
  { backups, newestAt, pinned, held }: LostBackups,
  time: (iso: string) => string = (iso) => iso,
): string {
  const one = backups.length === 1;
  const which = `${named(backups)} ${one ? 'is' : 'are'} in ${store} and nowhere else, ${one ? 'of' : 'the newest of'} ${time(newestAt)}.`;
  const kept = [
    pinned.length === 0 ? '' : ` Pinned: ${named(pinned)}.`,
    held.length === 0
      ? ''
      : ` Kept by open findings of damage, because the damage may be undone from there: ${named(held)}.`,
  ];
  return which.charAt(0).toUpperCase() + which.slice(1) + kept.join('');
}
