import type { BackupCopy, Copy } from '../../api/contract.ts';
import { bytes, duration, relative } from '../../base/units.ts';
import { bold, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { elapsed } from '../terminal/units.ts';

/** One that has completed; another ends as the error it ended in. */
export function describeCopy({ backupId, store, report, ...run }: Copy): string {
  const took = elapsed(run.startedAt, run.finishedAt);
  const sent = report?.newBytes ? `${bytes(report.newBytes)} sent` : 'nothing had to be sent';
  return `${green('✓')} ${bold(`Backup ${backupId} is in ${store}`)}: ${[sent, ...(took === null ? [] : [duration(took)])].join(', ')}.`;
}

/** `offsite: proved 2 hours ago` */
export function describePlace({ store, state, provedAt, error }: BackupCopy): string {
  if (state === 'copied')
    return `${store}: ${green(provedAt === null ? 'there' : `proved ${relative(provedAt)}`)}`;
  if (state === 'due' || state === 'copying') return `${store}: ${yellow(state)}`;
  return `${store}: ${red(state)}${error === null ? '' : `, ${printable(error.message)}`}`;
}
