import type { BackupApi, Schedule } from '../../api/contract.ts';
import { schedulerMissing } from '../../contract/health-words.ts';
import { counted } from '../../base/units.ts';
import { localMinute } from '../terminal/units.ts';
import { ok, warn, type Check } from './check.ts';
import type { ReadyStatus } from './health.ts';

/** Whether backups are taken and deleted automatically, and whether any process does it. */
export async function checkSchedules(api: BackupApi, { scheduler }: ReadyStatus): Promise<Check[]> {
  const enabled = (await api.listSchedules()).filter((schedule) => schedule.enabled);
  if (enabled.length === 0) {
    return [
      warn(
        'schedules',
        'None is enabled: no backup is taken automatically, and none is deleted.',
        'Set one: on the page under Schedule, or POST /backup/schedule. Where cron runs holdfast backup and holdfast cleanup, none is needed.',
      ),
    ];
  }
  return [processCheck(enabled, scheduler), retentionCheck(enabled)];
}

function processCheck(enabled: readonly Schedule[], scheduler: ReadyStatus['scheduler']): Check {
  const name = 'schedules';
  if (scheduler === 'none') {
    return warn(
      name,
      `${schedulerMissing} Nothing is deleted either.`,
      'Start one and keep it running: holdfast worker, or holdfast serve (docs/DEPLOY.md has services); or call start() in the application.',
    );
  }
  const [next] = enabled.flatMap(({ nextRunAt }) => nextRunAt ?? []).toSorted();
  const when = next === undefined ? '' : `, the next run ${localMinute(next)}`;
  const who =
    scheduler === 'running'
      ? 'a process runs them'
      : 'whether a process runs them cannot be seen with idlePollSeconds 0';
  return ok(name, `${counted(enabled.length, 'schedule')} enabled${when}; ${who}`);
}

function retentionCheck(enabled: readonly Schedule[]): Check {
  const name = 'retention';
  const endless = enabled.filter(
    ({ retentionDays, maxBackups }) => retentionDays === null && maxBackups === null,
  );
  if (endless.length === 0) return ok(name, 'each schedule has a limit');
  return ok(
    name,
    `nothing limits what ${endless.map((each) => each.name).join(', ')} keeps, so the store grows without end`,
  );
}
