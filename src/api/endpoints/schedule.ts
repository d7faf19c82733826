import { z } from 'zod';
import {
  previewCountText,
  retentionPolicy,
  retentionPreviewAnswer,
  scheduleAnswer,
  scheduleBody,
  schedulePreviewAnswer,
  schedulePreviewBody,
} from '../../contract/schedule.ts';
import { endpoint, json } from '../endpoint.ts';

export const readSchedule = endpoint({
  method: 'GET',
  path: '/backup/schedule',
  summary: 'The schedule',
  answers: { 200: { description: 'As it is set, or the default', schema: scheduleAnswer } },
  handle: async ({ api }) => json({ schedule: await api.getSchedule() }),
});

export const setSchedule = endpoint({
  method: 'POST',
  path: '/backup/schedule',
  summary: 'Change the schedule; a field that is left out keeps its value',
  body: scheduleBody,
  answers: { 200: { description: 'As it is set now', schema: scheduleAnswer } },
  handle: async ({ api, body }) => json({ schedule: await api.updateSchedule(body) }),
});

export const previewSchedule = endpoint({
  method: 'GET',
  path: '/backup/schedule/preview',
  summary: 'When the schedule is due next, and what became of the last times it was',
  query: z.strictObject({
    count: previewCountText.optional(),
  }),
  answers: { 200: { description: 'As if it were enabled', schema: schedulePreviewAnswer } },
  handle: async ({ api, query }) => json(await api.previewSchedule(query.count)),
});

export const previewUnsavedSchedule = endpoint({
  method: 'POST',
  path: '/backup/schedule/preview',
  summary: 'When the schedule would be due with changes that are not saved',
  body: schedulePreviewBody,
  answers: { 200: { description: 'As if it were enabled', schema: schedulePreviewAnswer } },
  async handle({ api, body }) {
    const { count, ...changes } = body;
    return json(await api.previewSchedule(count, changes));
  },
});

export const previewRetention = endpoint({
  method: 'POST',
  path: '/backup/retention/preview',
  summary: 'What a retention policy would keep and delete now, and why; it need not be saved',
  body: retentionPolicy,
  answers: {
    200: { description: 'A decision for every backup; nothing is changed', schema: retentionPreviewAnswer },
  },
  handle: async ({ api, body }) => json(await api.previewRetention(body)),
});

export const previewSavedRetention = endpoint({
  method: 'GET',
  path: '/backup/retention/preview',
  summary: "What the schedule's retention policy would keep and delete now, and why",
  answers: {
    200: { description: 'A decision for every backup; nothing is changed', schema: retentionPreviewAnswer },
  },
  handle: async ({ api }) => json(await api.previewRetention()),
});
