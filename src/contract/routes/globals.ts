import { z } from 'zod';
import { idText } from '../fields.ts';
import { globalsBody, globalsPlanAnswer, globalsReportAnswer } from '../globals.ts';
import { route } from '../route.ts';

const params = z.object({ id: idText });

export const planGlobals = route({
  method: 'POST',
  path: '/backup/{id}/globals/plan',
  scope: 'restore',
  summary: 'Say what a server lacks of the roles and tablespaces in a backup of type `globals`',
  description: 'Compares them with the live server, or another one. Nothing is changed.',
  params,
  body: globalsBody,
  answers: { 200: { description: 'The plan', schema: globalsPlanAnswer } },
});

export const restoreGlobals = route({
  method: 'POST',
  path: '/backup/{id}/globals',
  scope: 'restore',
  summary: 'Make the roles and tablespaces in a backup of type `globals` that a server lacks',
  description:
    'All of it or nothing: answers when it is done, with SQL that takes it back. What gives power over others is made only if `confirm` names it.',
  params,
  body: globalsBody,
  answers: { 200: { description: 'What was done', schema: globalsReportAnswer } },
});
