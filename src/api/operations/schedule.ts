import { setImmediate as turn } from 'node:timers/promises';
import { HoldfastError } from '../../base/errors.ts';
import { defaultScheduleName, type ScheduleRecord } from '../../catalog/schedules.ts';
import { type ScheduleSettings } from '../../contract/schedule.ts';
import { describeRetentionReason } from '../../retention/words.ts';
import { nextDueTime, previewDueTimes, type DueTime } from '../../schedule/due-times.ts';
import { schedulerMissing } from '../../contract/health-words.ts';
import { type SchedulerState } from '../../contract/health.ts';
import { policyOf } from '../../runs/schedule-retention.ts';
import {
  defaultSchedule,
  previewCount,
  retentionPolicy,
  scheduleBody,
  scheduleName,
  scheduleSettings,
} from '../../contract/schedule.ts';
import type { BackupApi, Schedule } from '../contract.ts';
import type { ApiContext } from '../context.ts';
import { validate } from '../validate.ts';

type ScheduleOperations = Pick<
  BackupApi,
  | 'getSchedule'
  | 'listSchedules'
  | 'updateSchedule'
  | 'deleteSchedule'
  | 'previewSchedule'
  | 'previewRetention'
>;

const shownOutcomes = 50;
const dueTimesInTurn = 20;
const noPolicy = { retentionDays: null, maxBackups: null };

export function scheduleOperations({ catalog, jobs, config }: ApiContext): ScheduleOperations {
  /** Undefined for the default one as long as nobody has set it. @throws SCHEDULE_NOT_FOUND */
  async function find(name: string): Promise<ScheduleRecord | undefined> {
    validate(scheduleName, name);
    const record = await catalog.schedules.get(name);
    if (!record && name !== defaultScheduleName) throw scheduleNotFound(name);
    return record;
  }
  const present = async (...records: (ScheduleRecord | undefined)[]): Promise<Schedule[]> => {
    const scheduler = await jobs.scheduler();
    return records.map((record) => presentSchedule(record, noticeFor(scheduler, config.worker)));
  };
  const presentOne = async (record: ScheduleRecord | undefined): Promise<Schedule> =>
    (await present(record))[0]!;
  return {
    async getSchedule(name = defaultScheduleName) {
      return presentOne(await find(name));
    },
    async listSchedules() {
      const records = await catalog.schedules.all();
      const isSet = records.some(({ name }) => name === defaultScheduleName);
      return present(...(isSet ? [] : [undefined]), ...records);
    },
    async updateSchedule(body, name = defaultScheduleName) {
      validate(scheduleName, name);
      const changes = validate(scheduleBody, body);
      const settings = validate(scheduleSettings, {
        ...settingsOf((await catalog.schedules.get(name)) ?? defaultSchedule),
        ...changes,
      });
      // One that is switched off may keep a table that is gone, for switching off must always work.
      if (settings.enabled || changes.tables) await jobs.requireChosen(settings.tables);
      const record = await catalog.schedules.update(name, (current) =>
        validate(scheduleSettings, { ...settingsOf(current ?? defaultSchedule), ...changes }),
      );
      await jobs.announceChange();
      return presentOne(record);
    },
    async deleteSchedule(name) {
      validate(scheduleName, name);
      if (!(await catalog.schedules.remove(name))) throw scheduleNotFound(name);
      await jobs.announceChange();
      return {
        success: true,
        name,
        message: `Schedule "${name}" is deleted. Its backups stay, under the policy of the default schedule.`,
      };
    },
    async previewSchedule(count = 20, changes = {}, name = defaultScheduleName) {
      validate(previewCount, count);
      const change = validate(scheduleBody, changes);
      // One that does not exist yet may be tried out.
      const isNew = Object.keys(change).length > 0 && !(await catalog.schedules.get(name));
      const current = isNew ? defaultSchedule : ((await find(name)) ?? defaultSchedule);
      const schedule = validate(scheduleSettings, { ...settingsOf(current), ...change });
      const due = await previewInTurns(schedule, count);
      const runs = due.map(({ at, local, moved, showing }) => ({
        at: at.toISOString(),
        local,
        moved,
        ...(showing ? { showing } : {}),
      }));
      const outcomes = await catalog.schedules.outcomes(name, shownOutcomes);
      return {
        runs,
        outcomes: outcomes.map((outcome) => ({
          ...outcome,
          dueAt: outcome.dueAt.toISOString(),
          recordedAt: outcome.recordedAt.toISOString(),
        })),
      };
    },
    async previewRetention(changes = {}, name = defaultScheduleName) {
      const change = validate(retentionPolicy, changes);
      const record = await find(name);
      // A policy that nobody has set deletes nothing; whoever changes it begins with the defaults.
      const isSet = record !== undefined || Object.keys(change).length > 0;
      const schedule = { ...(record ?? defaultSchedule), ...(isSet ? change : noPolicy) };
      const { timezone: _, ...policy } = policyOf(schedule);
      const { decisions, totals } = await jobs.previewRetention({ name, policy: policyOf(schedule) });
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
  };
}

/** Hundreds of rare times, such as each 29 February, take a while to find: others get their turn meanwhile. */
async function previewInTurns(schedule: ScheduleSettings, count: number): Promise<DueTime[]> {
  const due: DueTime[] = [];
  for (let after = new Date(); due.length < count;) {
    const next = previewDueTimes(schedule, after, Math.min(count - due.length, dueTimesInTurn));
    const last = next.at(-1);
    if (!last) break;
    due.push(...next);
    after = last.at;
    await turn();
  }
  return due;
}

function settingsOf(record: ScheduleSettings | ScheduleRecord): ScheduleSettings {
  const {
    name: _,
    updatedAt: __,
    handledUntil: ___,
    ...settings
  } = { name: '', updatedAt: null, handledUntil: null, ...record };
  return settings;
}

function presentSchedule(record: ScheduleRecord | undefined, notice: string | undefined): Schedule {
  const settings = settingsOf(record ?? defaultSchedule);
  const next = settings.enabled ? nextDueTime(settings, new Date()) : null;
  return {
    name: record?.name ?? defaultScheduleName,
    ...settings,
    updatedAt: record?.updatedAt.toISOString() ?? null,
    nextRunAt: next?.toISOString() ?? null,
    ...(settings.enabled && notice !== undefined ? { notice } : {}),
  };
}

function scheduleNotFound(name: string): HoldfastError {
  return new HoldfastError('SCHEDULE_NOT_FOUND', `There is no schedule "${name}".`, { details: { name } });
}

function noticeFor(scheduler: SchedulerState, worker: boolean): string | undefined {
  if (scheduler === 'none') return schedulerMissing;
  return scheduler === 'unknown' && !worker ? elsewhere : undefined;
}

const elsewhere =
  'This process performs no runs itself. The schedule runs while another does: an application that has called start(), ' +
  'holdfast serve, or holdfast worker.';
