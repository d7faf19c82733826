import { z } from 'zod';
import { route } from '../route.ts';
import {
  previewCountText,
  retentionBody,
  retentionPreviewAnswer,
  scheduleAnswer,
  scheduleBody,
  scheduleDeleteAnswer,
  scheduleName,
  schedulePreviewAnswer,
  schedulePreviewBody,
  schedulesAnswer,
} from '../schedule.ts';

const params = z.object({ name: scheduleName });
const previewQuery = z.strictObject({ count: previewCountText.optional() });
const dueTimes = { 200: { description: 'As if it were enabled', schema: schedulePreviewAnswer } } as const;
const decisions = {
  200: { description: 'A decision for every backup; nothing is changed', schema: retentionPreviewAnswer },
} as const;

/** The default schedule, by the address it has always had. */
export const readSchedule = route({
  method: 'GET',
  path: '/backup/schedule',
  scope: 'read',
  summary: 'The schedule',
  answers: { 200: { description: 'As it is set, or the default', schema: scheduleAnswer } },
});

export const setSchedule = route({
  method: 'POST',
  path: '/backup/schedule',
  summary: 'Change the schedule; a field that is left out keeps its value',
  body: scheduleBody,
  answers: { 200: { description: 'As it is set now', schema: scheduleAnswer } },
});

export const previewSchedule = route({
  method: 'GET',
  path: '/backup/schedule/preview',
  scope: 'read',
  summary: 'When the schedule is due next, and the outcome of the last times it was',
  query: previewQuery,
  answers: dueTimes,
});

export const previewUnsavedSchedule = route({
  method: 'POST',
  path: '/backup/schedule/preview',
  scope: 'read',
  summary: 'When the schedule would be due with changes that are not saved',
  body: schedulePreviewBody,
  answers: dueTimes,
});

export const previewSavedRetention = route({
  method: 'GET',
  path: '/backup/retention/preview',
  scope: 'read',
  summary: "What the schedule's retention policy would keep and delete now, and why",
  answers: decisions,
});

export const previewRetention = route({
  method: 'POST',
  path: '/backup/retention/preview',
  scope: 'read',
  summary: 'What a retention policy would keep and delete now, and why; it need not be saved',
  body: retentionBody,
  answers: decisions,
});

/** Any schedule, by its name. */
export const readSchedules = route({
  method: 'GET',
  path: '/schedules',
  scope: 'read',
  summary: 'Every schedule',
  description: '`default` is the one that `/backup/schedule` is about.',
  answers: { 200: { description: 'By name', schema: schedulesAnswer } },
});

export const readNamedSchedule = route({
  method: 'GET',
  path: '/schedules/{name}',
  scope: 'read',
  summary: 'One schedule',
  params,
  answers: { 200: { description: 'As it is set', schema: scheduleAnswer } },
});

export const setNamedSchedule = route({
  method: 'POST',
  path: '/schedules/{name}',
  summary: 'Change a schedule, or make one; a field that is left out keeps its value, or has its default',
  params,
  body: scheduleBody,
  answers: { 200: { description: 'As it is set now', schema: scheduleAnswer } },
});

export const deleteNamedSchedule = route({
  method: 'DELETE',
  path: '/schedules/{name}',
  summary: 'Delete a schedule; its backups stay',
  params,
  answers: { 200: { description: 'It is gone', schema: scheduleDeleteAnswer } },
});

export const previewNamedSchedule = route({
  method: 'GET',
  path: '/schedules/{name}/preview',
  scope: 'read',
  summary: 'When a schedule is due next, and the outcome of the last times it was',
  params,
  query: previewQuery,
  answers: dueTimes,
});

export const previewUnsavedNamedSchedule = route({
  method: 'POST',
  path: '/schedules/{name}/preview',
  scope: 'read',
  summary: 'When a schedule would be due with changes that are not saved',
  params,
  body: schedulePreviewBody,
  answers: dueTimes,
});

export const previewNamedRetention = route({
  method: 'POST',
  path: '/schedules/{name}/retention/preview',
  scope: 'read',
  summary:
    'What would be kept and deleted now with another policy for this schedule, and why; it need not be saved',
  params,
  body: retentionBody,
  answers: decisions,
});
