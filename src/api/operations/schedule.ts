import type { ScheduleRecord, ScheduleSettings } from '../../catalog/schedules.ts';
import { describeRetentionReason } from '../../engine/retention-words.ts';
import { policyOf } from '../../jobs/cleanup-job.ts';
import { nextDueTime, previewDueTimes } from '../../jobs/due-times.ts';
import {
  cleanupBody,
  defaultSchedule,
  previewCount,
  retentionPolicy,
  scheduleBody,
  scheduleSettings,
} from '../contract/schedule.ts';
import type { BackupApi, Schedule } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { validate } from '../validate.ts';

type ScheduleOperations = Pick<
  BackupApi,
  'getSchedule' | 'updateSchedule' | 'previewSchedule' | 'previewRetention' | 'cleanUp'
>;

const shownOutcomes = 50;

export function scheduleOperations({ catalog, jobs, config }: ApiContext): ScheduleOperations {
  const settings = async (): Promise<ScheduleSettings> => (await catalog.schedules.get()) ?? defaultSchedule;
  const present = (record: ScheduleRecord | undefined): Schedule => presentSchedule(record, config.worker);
  return {
    async getSchedule() {
      return present(await catalog.schedules.get());
    },
    async updateSchedule(body) {
      const changes = validate(scheduleBody, body);
      return present(
        await catalog.schedules.update((current) =>
          validate(scheduleSettings, { ...(current ? settingsOf(current) : defaultSchedule), ...changes }),
        ),
      );
    },
    async previewSchedule(count = 20) {
      validate(previewCount, count);
      const schedule = await settings();
      const runs = previewDueTimes(schedule, new Date(), count).map(({ at, local, moved, showing }) => ({
        at: at.toISOString(),
        local,
        moved,
        ...(showing ? { showing } : {}),
      }));
      const outcomes = await catalog.schedules.outcomes(shownOutcomes);
      return {
        runs,
        outcomes: outcomes.map((outcome) => ({
          ...outcome,
          dueAt: outcome.dueAt.toISOString(),
          recordedAt: outcome.recordedAt.toISOString(),
        })),
      };
    },
    async previewRetention(changes = {}) {
      const schedule = { ...(await settings()), ...validate(retentionPolicy, changes) };
      const { timezone: _, ...policy } = policyOf(schedule);
      const { decisions, totals } = await jobs.previewRetention(policyOf(schedule));
      return {
        policy: validate(retentionPolicy.required(), policy),
        decisions: decisions.map(({ id, action, reasons }) => ({
          id,
          action,
          reasons: reasons.map((reason) => ({ code: reason.code, text: describeRetentionReason(reason) })),
        })),
        totals,
      };
    },
    async cleanUp(body = {}) {
      const { dryRun } = validate(cleanupBody, body);
      const cleanup = await jobs.cleanUp(policyOf(await settings()), { trigger: 'manual', dryRun });
      return { success: true, cleanup };
    },
  };
}

function settingsOf(record: ScheduleRecord): ScheduleSettings {
  const { name: _, updatedAt: __, handledUntil: ___, ...settings } = record;
  return settings;
}

function presentSchedule(record: ScheduleRecord | undefined, worker: boolean): Schedule {
  const settings = record ? settingsOf(record) : defaultSchedule;
  const next = settings.enabled ? nextDueTime(settings, new Date()) : null;
  return {
    ...settings,
    updatedAt: record?.updatedAt.toISOString() ?? null,
    nextRunAt: next?.toISOString() ?? null,
    ...(settings.enabled && !worker ? { notice: elsewhere } : {}),
  };
}

const elsewhere =
  'This process performs no runs itself. The schedule runs while another does: an application that has called start(), ' +
  'holdfast serve, or holdfast worker.';
