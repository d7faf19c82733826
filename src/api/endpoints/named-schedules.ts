import { z } from 'zod';
import {
  previewCountText,
  retentionPolicy,
  retentionPreviewAnswer,
  scheduleAnswer,
  scheduleBody,
  scheduleDeleteAnswer,
  scheduleName,
  schedulePreviewAnswer,
  schedulePreviewBody,
  schedulesAnswer,
} from '../../contract/schedule.ts';
import { endpoint, json } from '../endpoint.ts';

const params = z.object({ name: scheduleName });

export const readSchedules = endpoint({
  method: 'GET',
  path: '/schedules',
  summary: 'Every schedule',
  description: '`default` is the one that `/backup/schedule` is about.',
  answers: { 200: { description: 'By name', schema: schedulesAnswer } },
  handle: async ({ api }) => json({ schedules: await api.listSchedules() }),
});

export const readNamedSchedule = endpoint({
  method: 'GET',
  path: '/schedules/{name}',
  summary: 'One schedule',
  params,
  answers: { 200: { description: 'As it is set', schema: scheduleAnswer } },
  handle: async ({ api, params: { name } }) => json({ schedule: await api.getSchedule(name) }),
});

export const setNamedSchedule = endpoint({
  method: 'POST',
  path: '/schedules/{name}',
  summary: 'Change a schedule, or make one; a field that is left out keeps its value, or has its default',
  params,
  body: scheduleBody,
  answers: { 200: { description: 'As it is set now', schema: scheduleAnswer } },
  handle: async ({ api, params: { name }, body }) => json({ schedule: await api.updateSchedule(body, name) }),
});

export const deleteNamedSchedule = endpoint({
  method: 'DELETE',
  path: '/schedules/{name}',
  summary: 'Delete a schedule; its backups stay',
  params,
  answers: { 200: { description: 'It is gone', schema: scheduleDeleteAnswer } },
  handle: async ({ api, params: { name } }) => json(await api.deleteSchedule(name)),
});

export const previewNamedSchedule = endpoint({
  method: 'GET',
  path: '/schedules/{name}/preview',
  summary: 'When a schedule is due next, and what became of the last times it was',
  params,
  query: z.strictObject({ count: previewCountText.optional() }),
  answers: { 200: { description: 'As if it were enabled', schema: schedulePreviewAnswer } },
  handle: async ({ api, params: { name }, query }) => json(await api.previewSchedule(query.count, {}, name)),
});

export const previewUnsavedNamedSchedule = endpoint({
  method: 'POST',
  path: '/schedules/{name}/preview',
  summary: 'When a schedule would be due with changes that are not saved',
  params,
  body: schedulePreviewBody,
  answers: { 200: { description: 'As if it were enabled', schema: schedulePreviewAnswer } },
  async handle({ api, params: { name }, body }) {
    const { count, ...changes } = body;
    return json(await api.previewSchedule(count, changes, name));
  },
});

export const previewNamedRetention = endpoint({
  method: 'POST',
  path: '/schedules/{name}/retention/preview',
  summary:
    'What would be kept and deleted now with another policy for this schedule, and why; it need not be saved',
  params,
  body: retentionPolicy,
  answers: {
    200: { description: 'A decision for every backup; nothing is changed', schema: retentionPreviewAnswer },
  },
  handle: async ({ api, params: { name }, body }) => json(await api.previewRetention(body, name)),
});
