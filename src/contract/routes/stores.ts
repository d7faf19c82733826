import { z } from 'zod';
import { storeName, storesAnswer, takeStoreAnswer } from '../store.ts';
import { route } from '../route.ts';

export const readStores = route({
  method: 'GET',
  path: '/stores',
  summary: 'The configured stores, and whether each can be reached',
  description: 'Answers within seconds: a store that does not answer is listed with its error.',
  answers: { 200: { description: 'Each store, and the one in the database', schema: storesAnswer } },
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
