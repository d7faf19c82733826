import { z } from 'zod';
import { diffAnswer, diffBody, diffQuery } from '../diff.ts';
import { idText } from '../fields.ts';
import { route } from '../route.ts';
import { historyAnswer, historyBody, historyQuery } from '../row-history.ts';

const params = z.object({ id: idText });

export const readDiff = route({
  method: 'GET',
  path: '/backup/{id}/diff',
  scope: 'restore',
  summary: 'Which rows of a table differ from those of the backup',
  description:
    'Rows are told apart by the primary key and compared as PostgreSQL writes their values. Of two backups only that is read which they do not share.',
  params,
  query: diffQuery,
  answers: { 200: { description: 'Counts, and some rows of each kind', schema: diffAnswer } },
});

/** With a key, which goes into no address and no log of addresses. */
export const openDiff = route({
  method: 'POST',
  path: '/backup/{id}/diff',
  scope: 'restore',
  summary: 'The same of an encrypted backup, by its key',
  params,
  body: diffBody,
  answers: { 200: { description: 'Counts, and some rows of each kind', schema: diffAnswer } },
});

export const readHistory = route({
  method: 'GET',
  path: '/rows/history',
  scope: 'restore',
  summary: 'How a row was in each backup',
  description: 'When it came, how it changed, when it went. What backups share is read once.',
  query: historyQuery,
  answers: { 200: { description: 'Its versions', schema: historyAnswer } },
});

export const openHistory = route({
  method: 'POST',
  path: '/rows/history',
  scope: 'restore',
  summary: 'The same of encrypted backups, by their key',
  body: historyBody,
  answers: { 200: { description: 'Its versions', schema: historyAnswer } },
});
