import { setImmediate as turn } from 'node:timers/promises';
import { HoldfastError } from '../../base/errors.ts';
import { defaultScheduleName, type ScheduleRecord } from '../../catalog/schedules.ts';
import * as routes from '../../contract/routes/schedules.ts';
import { schedulerMissing } from '../../contract/health-words.ts';
import { type SchedulerState } from '../../contract/health.ts';
import {
  defaultSchedule,
  previewCount,
  retentionBody,
  retentionPolicy,
  scheduleBody,
  scheduleName,
  scheduleSettings,
  type ScheduleSettings,
} from '../../contract/schedule.ts';
import { describeRetentionReason } from '../../retention/words.ts';
import { policyOf, wouldKeepLess } from '../../runs/schedule-retention.ts';
import type { RetentionDecision } from '../../retention/policy.ts';
import { nextDueTime, previewDueTimes, type DueTime } from '../../schedule/due-times.ts';
import type { Schedule } from '../contract.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation, type Work } from '../operation.ts';
import { validate } from '../validate.ts';

const shownOutcomes = 50;
const dueTimesInTurn = 20;
const noPolicy = { retentionDays: null, maxBackups: null };
/** Which schedule an operation is about. */
const name = scheduleName.default(defaultScheduleName);

export const getSchedule = operation({
  name: 'getSchedule',
  takes: [name],
  run: async (work, asked) => presentOne(work, await find(work, asked)),
  endpoints: [
    endpoint(routes.readSchedule, async ({ api }) => ok({ schedule: await api.getSchedule() })),
    endpoint(routes.readNamedSchedule, async ({ api, params }) =>
      ok({ schedule: await api.getSchedule(params.name) }),
    ),
  ],
});

export const listSchedules = operation({
  name: 'listSchedules',
  takes: [],
  async run(work) {
    const records = await work.catalog.schedules.all();
    const isSet = records.some((record) => record.name === defaultScheduleName);
    return present(work, ...(isSet ? [] : [undefined]), ...records);
  },
  endpoints: [
    endpoint(routes.readSchedules, async ({ api }) => ok({ schedules: await api.listSchedules() })),
  ],
});

export const updateSchedule = operation({
  name: 'updateSchedule',
  takes: [scheduleBody, name],
  async guard({ catalog }, changes, asked) {
    const current = await catalog.schedules.get(asked);
    const after = { ...settingsOf(current ?? defaultSchedule), ...changes };
    const before = current ?? (await catalog.schedules.get(defaultScheduleName));
    if (!wouldKeepLess(after, before)) return undefined;
    return { kind: 'retention', what: { schedule: asked, ...policyOf(after), copyTo: after.copyTo } };
  },
  async run(work, changes, asked) {
    const { catalog, jobs } = work;
    const settings = validate(scheduleSettings, {
      ...settingsOf((await catalog.schedules.get(asked)) ?? defaultSchedule),
      ...changes,
    });
    // A schedule that is switched off may keep a table that no longer exists: switching off must always work.
    for (const name of [changes.store ?? [], changes.copyTo?.map(({ store }) => store) ?? []].flat()) {
      jobs.stores.addressOf(name);
    }
    if (settings.enabled || changes.tables) await jobs.requireChosen(settings.tables);
    if (settings.enabled) await jobs.requireSealed(settings);
    const record = await catalog.schedules.update(asked, (current) =>
      validate(scheduleSettings, { ...settingsOf(current ?? defaultSchedule), ...changes }),
    );
    await jobs.announceChange();
    return presentOne(work, record);
  },
  endpoints: [
    endpoint(routes.setSchedule, async ({ api, body }) => ok({ schedule: await api.updateSchedule(body) })),
    endpoint(routes.setNamedSchedule, async ({ api, params, body }) =>
      ok({ schedule: await api.updateSchedule(body, params.name) }),
    ),
  ],
});

export const deleteSchedule = operation({
  name: 'deleteSchedule',
  takes: [scheduleName],
  async guard({ catalog }, asked) {
    const [own, others] = [
      await catalog.schedules.get(asked),
      await catalog.schedules.get(defaultScheduleName),
    ];
    const after = asked === defaultScheduleName ? undefined : others;
    return wouldKeepLess(after, own)
      ? { kind: 'retention', what: { schedule: asked, deleted: true } }
      : undefined;
  },
  async run({ catalog, jobs }, asked) {
    if (!(await catalog.schedules.remove(asked))) throw scheduleNotFound(asked);
    await jobs.announceChange();
    return {
      success: true as const,
      name: asked,
      message: `Schedule "${asked}" is deleted. Its backups are kept under the policy of the default schedule.`,
    };
  },
  endpoints: [
    endpoint(routes.deleteNamedSchedule, async ({ api, params }) =>
      ok(await api.deleteSchedule(params.name)),
    ),
  ],
});

export const previewSchedule = operation({
  name: 'previewSchedule',
  takes: [previewCount.default(20), scheduleBody.prefault({}), name],
  async run(work, count, changes, asked) {
    const { catalog } = work;
    // A schedule that does not exist yet can be tried out.
    const isNew = Object.keys(changes).length > 0 && !(await catalog.schedules.get(asked));
    const current = isNew ? defaultSchedule : ((await find(work, asked)) ?? defaultSchedule);
    const schedule = validate(scheduleSettings, { ...settingsOf(current), ...changes });
    const due = await previewInTurns(schedule, count);
    const runs = due.map(({ at, local, moved, showing }) => ({
      at: at.toISOString(),
      local,
      moved,
      ...(showing ? { showing } : {}),
    }));
    const outcomes = await catalog.schedules.outcomes(asked, shownOutcomes);
    return {
      runs,
      outcomes: outcomes.map((outcome) => ({
        ...outcome,
        dueAt: outcome.dueAt.toISOString(),
        recordedAt: outcome.recordedAt.toISOString(),
      })),
    };
  },
  endpoints: [
    endpoint(routes.previewSchedule, async ({ api, query }) => ok(await api.previewSchedule(query.count))),
    endpoint(routes.previewNamedSchedule, async ({ api, params, query }) =>
      ok(await api.previewSchedule(query.count, {}, params.name)),
    ),
    endpoint(routes.previewUnsavedSchedule, async ({ api, body: { count, ...changes } }) =>
      ok(await api.previewSchedule(count, changes)),
    ),
    endpoint(routes.previewUnsavedNamedSchedule, async ({ api, params, body: { count, ...changes } }) =>
      ok(await api.previewSchedule(count, changes, params.name)),
    ),
  ],
});

function inWords({ id, action, reasons }: RetentionDecision) {
  return {
    id,
    action,
    reasons: reasons.map((reason) => ({ code: reason.code, text: describeRetentionReason(reason) })),
  };
}

export const previewRetention = operation({
  name: 'previewRetention',
  takes: [retentionBody.prefault({}), name],
  async run(work, changes, asked) {
    const record = await find(work, asked);
    // Until a policy is set, nothing is deleted; changes start from the defaults.
    const isSet = record !== undefined || Object.keys(changes).length > 0;
    const schedule = { ...(record ?? defaultSchedule), ...(isSet ? changes : noPolicy) };
    const { timezone: _, ...policy } = policyOf(schedule);
    const { decisions, places, totals } = await work.jobs.previewRetention({
      name: asked,
      settings: schedule,
    });
    return {
      policy: validate(retentionPolicy, policy),
      decisions: decisions.map(inWords),
      places: places.map(({ store, ...decision }) => ({ ...inWords(decision), store })),
      totals,
    };
  },
  endpoints: [
    endpoint(routes.previewSavedRetention, async ({ api }) => ok(await api.previewRetention())),
    endpoint(routes.previewRetention, async ({ api, body }) => ok(await api.previewRetention(body))),
    endpoint(routes.previewNamedRetention, async ({ api, params, body }) =>
      ok(await api.previewRetention(body, params.name)),
    ),
  ],
});

/** Undefined for the default schedule until it is set. @throws SCHEDULE_NOT_FOUND */
async function find({ catalog }: Work, asked: string): Promise<ScheduleRecord | undefined> {
  const record = await catalog.schedules.get(asked);
  if (!record && asked !== defaultScheduleName) throw scheduleNotFound(asked);
  return record;
}

async function present(
  { config, jobs }: Work,
  ...records: (ScheduleRecord | undefined)[]
): Promise<Schedule[]> {
  const scheduler = await jobs.scheduler();
  return records.map((record) => presentSchedule(record, noticeFor(scheduler, config.worker)));
}

async function presentOne(work: Work, record: ScheduleRecord | undefined): Promise<Schedule> {
  return (await present(work, record))[0]!;
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
