import { z } from 'zod';
import { idText } from '../fields.ts';
import { rowsAnswer, rowsBody, rowsQuery } from '../look.ts';
import { route } from '../route.ts';

const params = z.object({ id: idText });

export const readRows = route({
  method: 'GET',
  path: '/backup/{id}/rows',
  scope: 'restore',
  summary: 'Rows of a table as the backup has them',
  description:
    'By a key only the parts of the table are read that can hold it, where the backup knows the least and greatest key of each.',
  params,
  query: rowsQuery,
  answers: { 200: { description: 'The rows', schema: rowsAnswer } },
});

/** With a key, which goes into no address and no log of addresses. */
export const openRows = route({
  method: 'POST',
  path: '/backup/{id}/rows',
  scope: 'restore',
  summary: 'The same of an encrypted backup, by its key',
  params,
  body: rowsBody,
  answers: { 200: { description: 'The rows', schema: rowsAnswer } },
});
