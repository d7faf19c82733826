import { z } from 'zod';
import { idText, pageQueryText, waitText } from '../fields.ts';
import { openBody } from '../identity.ts';
import { route } from '../route.ts';
import { storeName } from '../store.ts';
import { check, checkAnswer, checkPage, importAnswer, imported, importPage } from '../store-contents.ts';

const named = z.object({ name: storeName });
const params = z.object({ id: idText });
const waiting = z.strictObject({ wait: waitText.optional() });
const running = 'It is running; its address is in Location';
const asItIs = 'As it is now; a running one ends as cancelled within seconds';
const whenAnswered = 'Answers at once, or with `?wait=` or `Prefer: wait=` when it has ended.';

export const checkStore = route({
  method: 'POST',
  path: '/stores/{name}/check',
  scope: 'backup',
  summary: 'Compare a store with what this installation believes of it',
  description: `Lists the store and makes its index again, which takes time in a large one. Reads no rows and deletes nothing. STORE_TAKEN when another installation writes to it. ${whenAnswered}`,
  params: named,
  query: waiting,
  answers: {
    201: { description: '`report` says what is missing, foreign or left over', schema: checkAnswer },
    202: { description: running, schema: checkAnswer },
  },
});

export const readChecks = route({
  method: 'GET',
  path: '/check',
  scope: 'read',
  summary: 'List checks of stores',
  query: z.strictObject(pageQueryText),
  answers: { 200: { description: 'The checks of all stores, newest first', schema: checkPage } },
});

export const readCheck = route({
  method: 'GET',
  path: '/check/{id}',
  scope: 'read',
  summary: 'One check of a store',
  params,
  answers: { 200: { description: 'The check', schema: z.object({ check }) } },
});

export const cancelCheck = route({
  method: 'POST',
  path: '/check/{id}/cancel',
  scope: 'backup',
  summary: 'Stop a running check',
  description: 'What it has found until then is in the index of the store.',
  params,
  answers: { 200: { description: asItIs, schema: checkAnswer } },
});

export const importStore = route({
  method: 'POST',
  path: '/stores/{name}/import',
  summary: 'Take the backups of a store into the catalog, that do not have a row there',
  description: `After the catalog was lost, or for a store that another installation wrote. An encrypted store has to be opened for that: \`identity\`. ${whenAnswered}`,
  params: named,
  query: waiting,
  body: openBody,
  answers: {
    201: { description: '`report` says what the catalog knows now', schema: importAnswer },
    202: { description: running, schema: importAnswer },
  },
});

export const readImports = route({
  method: 'GET',
  path: '/import',
  scope: 'read',
  summary: 'List imports of stores',
  query: z.strictObject(pageQueryText),
  answers: { 200: { description: 'The imports of all stores, newest first', schema: importPage } },
});

export const readImport = route({
  method: 'GET',
  path: '/import/{id}',
  scope: 'read',
  summary: 'One import of a store',
  params,
  answers: { 200: { description: 'The import', schema: z.object({ import: imported }) } },
});

export const cancelImport = route({
  method: 'POST',
  path: '/import/{id}/cancel',
  summary: 'Stop a running import',
  description: 'The next one goes on with what is not in the catalog.',
  params,
  answers: { 200: { description: asItIs, schema: importAnswer } },
});
