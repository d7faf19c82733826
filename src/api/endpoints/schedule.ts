import { scheduleAnswer, scheduleBody, type ScheduleBody } from '../contract/schedule.ts';
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
  handle: async ({ api, body }) => json({ schedule: await api.updateSchedule(body as ScheduleBody) }),
});
