import { z } from 'zod';
import { idText } from '../fields.ts';
import {
  announcement,
  announcementAnswer,
  announcementBody,
  announcementsAnswer,
  decisionBody,
  finding,
  findingsAnswer,
  findingStates,
} from '../finding.ts';
import { route } from '../route.ts';

const params = z.object({ id: idText });
const oneFinding = z.object({ finding });

export const readFindings = route({
  method: 'GET',
  path: '/findings',
  scope: 'read',
  summary: 'What looks like damage to the data in backups, and what cleanup keeps because of it',
  query: z.strictObject({ state: z.enum(findingStates).optional() }),
  answers: { 200: { description: 'The findings, newest first, the last 200', schema: findingsAnswer } },
});

export const readFinding = route({
  method: 'GET',
  path: '/findings/{id}',
  scope: 'read',
  summary: 'One finding',
  params,
  answers: { 200: { description: 'The finding', schema: oneFinding } },
});

export const decideFinding = route({
  method: 'POST',
  path: '/findings/{id}',
  summary: 'Settle a finding: the database is as it is meant to be',
  description:
    'When every table of it is settled, cleanup goes on. A restore in place of a backup from before the damage settles the tables that it restores.',
  params,
  body: decisionBody,
  bodyRequired: true,
  answers: {
    200: { description: 'The finding as it is now', schema: oneFinding.extend({ success: z.literal(true) }) },
  },
});

export const announce = route({
  method: 'POST',
  path: '/announcements',
  summary: 'Announce an import or a migration, so that what it changes raises no alarm',
  description: 'What it explains is noted as a finding in the state `explained`, and stops nothing.',
  body: announcementBody,
  bodyRequired: true,
  answers: { 200: { description: 'The announcement, in force from now on', schema: announcementAnswer } },
});

export const readAnnouncements = route({
  method: 'GET',
  path: '/announcements',
  scope: 'read',
  summary: 'What is announced now',
  answers: {
    200: { description: 'The announcements in force, the next to end first', schema: announcementsAnswer },
  },
});

export const endAnnouncement = route({
  method: 'DELETE',
  path: '/announcements/{id}',
  summary: 'End an announcement before its time',
  params,
  answers: {
    200: { description: 'It has ended', schema: z.object({ success: z.literal(true), announcement }) },
  },
});
