import { z } from 'zod';
import {
  createStoreAnswer,
  setAsideAnswer,
  setAsideBody,
  createStoreBody,
  forgottenStoreAnswer,
  storeName,
  storesAnswer,
  takeStoreAnswer,
} from '../store.ts';
import { storeTestBody, testStoreAnswer } from '../store-test.ts';
import { flagText } from '../fields.ts';
import { route } from '../route.ts';

export const readStores = route({
  method: 'GET',
  path: '/stores',
  scope: 'read',
  summary: 'The configured stores, and whether each can be reached',
  description: 'Answers within seconds: a store that does not answer is listed with its error.',
  answers: { 200: { description: 'Each store, and the one in the database', schema: storesAnswer } },
});

export const createStore = route({
  method: 'POST',
  path: '/stores/{name}/create',
  summary: 'Make a configured store that is not there yet',
  description:
    'Where its place is empty. The answer for an encrypted store holds its recovery key and its writer key, which are shown this once and kept nowhere; after that the process has to be started with the writer key. A store that is not encrypted is made by the first backup too.',
  params: z.object({ name: storeName }),
  body: createStoreBody,
  bodyRequired: true,
  answers: { 201: { description: 'It is there; with its keys', schema: createStoreAnswer } },
});

export const takeStore = route({
  method: 'POST',
  path: '/stores/{name}/take',
  summary: 'Take over a store that another installation wrote to',
  description:
    'From then on this installation writes to it, and the other one gets STORE_TAKEN. What the store holds is listed again, which takes time in a large one.',
  params: z.object({ name: storeName }),
  answers: { 200: { description: 'This installation writes to it now', schema: takeStoreAnswer } },
});

export const setDocumentAside = route({
  method: 'POST',
  path: '/stores/{name}/quarantine',
  summary: 'Move a document out of the way that cannot be believed, so that cleanup goes on',
  description:
    'Only the document of a backup that the catalog does not have. It is kept byte for byte, and what it claims to need is not deleted.',
  params: z.object({ name: storeName }),
  body: setAsideBody,
  bodyRequired: true,
  answers: { 200: { description: 'It is out of the way', schema: setAsideAnswer } },
});

export const testStore = route({
  method: 'POST',
  path: '/stores/{name}/test',
  scope: 'backup',
  summary: 'Try what the credentials of a store may do, and how fast it is',
  description:
    'Writes, reads, lists, overwrites and deletes objects of its own; touches no backup. What fails is in the answer, after a few minutes at most, and is kept as `lastTest` of the store. The store need not be made yet.',
  params: z.object({ name: storeName }),
  body: storeTestBody,
  needsTables: false,
  answers: {
    200: { description: 'What was found, also where the store does not work', schema: testStoreAnswer },
  },
});

export const forgetStore = route({
  method: 'DELETE',
  path: '/stores/{name}',
  summary: 'Have the catalog forget a store that is lost, or used no more',
  description:
    'Nothing in the store is touched. Backups with a copy elsewhere are at home there then. Refused where backups are in this store alone, unless `force` is given.',
  params: z.object({ name: storeName }),
  query: z.strictObject({
    force: flagText.optional().meta({ description: 'Also where that takes backups out of the catalog' }),
  }),
  answers: { 200: { description: 'It is forgotten', schema: forgottenStoreAnswer } },
});
