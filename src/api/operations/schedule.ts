import type { ScheduleRecord } from '../../catalog/schedules.ts';
import { defaultSchedule, scheduleBody, scheduleSettings } from '../contract/schedule.ts';
import type { BackupApi, Schedule } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { validate } from '../validate.ts';

const notRunYet =
  'The schedule is stored, but this version does not run it: no backup is taken by itself. ' +
  'Until then call POST backup, or run "holdfast backup", from cron or a timer of your own.';

export function scheduleOperations({
  catalog,
}: ApiContext): Pick<BackupApi, 'getSchedule' | 'updateSchedule'> {
  return {
    async getSchedule() {
      return present(await catalog.schedules.get());
    },
    async updateSchedule(body) {
      const changes = validate(scheduleBody, body);
      const stored = await catalog.schedules.update((current) => {
        const { updatedAt: _, ...settings } = current ?? { ...defaultSchedule, updatedAt: null };
        return validate(scheduleSettings, { ...settings, ...changes });
      });
      return present(stored);
    },
  };
}

function present(record: ScheduleRecord | undefined): Schedule {
  const { updatedAt, ...settings } = record ?? { ...defaultSchedule, updatedAt: null };
  return { ...settings, updatedAt: updatedAt?.toISOString() ?? null, nextRunAt: null, notice: notRunYet };
}
