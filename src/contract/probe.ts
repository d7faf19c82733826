import { z } from 'zod';
import { schemaNames } from './names.ts';

/** `GET /healthz`: this process answers. */
export const aliveAnswer = z.object({ status: z.literal('ok') }).register(schemaNames, { id: 'AliveAnswer' });
export type AliveAnswer = z.infer<typeof aliveAnswer>;

/** `GET /readyz`. Why it is not ready is for those who may read the status. */
export const readyAnswer = z.object({ ready: z.boolean() }).register(schemaNames, { id: 'ReadyAnswer' });
export type ReadyAnswer = z.infer<typeof readyAnswer>;
