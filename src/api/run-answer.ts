import { z } from 'zod';
import type { RunKind } from '../contract/states.ts';
import type { Call } from './endpoint.ts';
import { json } from './endpoint.ts';

/** `?wait=` in a query. */
export const waitText = z
  .string()
  .regex(/^(true|false|[0-9]{1,5})$/, 'must be true, false or a number of seconds')
  .transform((text) => (text === 'true' ? true : text === 'false' ? false : Number(text)))
  .meta({
    description: '`true`: answer when the run has ended. A number: after so many seconds at the latest.',
  });

/**
 * Starts a run and answers 201 when it has completed meanwhile, or 202 with its address. How long to wait says the
 * query, or else RFC 7240's `Prefer: wait=10`.
 * @param start gets the body with `wait` added
 */
export async function answerRun<Body extends object>(
  call: Call<{ wait?: boolean | number | undefined }, unknown, Body>,
  name: RunKind,
  start: (request: Body & { wait: boolean | number }) => Promise<{ id: number; status: string }>,
): Promise<Response> {
  const preferred = preferredWait(call.request);
  const run = await start({ ...call.body, wait: call.query.wait ?? preferred ?? false });
  const applied = call.query.wait === undefined && preferred !== undefined;
  return json({ success: true, [name]: run }, run.status === 'completed' ? 201 : 202, {
    Location: `${call.config.basePath}/${name === 'cleanup' ? 'backup/cleanup' : name}/${run.id}`,
    ...(applied ? { 'Preference-Applied': `wait=${preferred}` } : {}),
  });
}

function preferredWait(request: Request): number | undefined {
  const prefer = request.headers.get('prefer') ?? '';
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?([0-9]{1,5})"?(?=$|[,;\s])/i.exec(prefer)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}
