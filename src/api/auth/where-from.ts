import type { Caller } from './caller.ts';

/** Where a mount that knows the connection of a request puts its address: no header, so no caller can set it. */
export const addressOfRequest = Symbol.for('holdfast.address');

const longest = 64;

/** Where a request comes from, as far as that is known. */
export function whereFrom(request: Request): Pick<Caller, 'address' | 'forwardedFor'> {
  const address = (request as { [addressOfRequest]?: unknown })[addressOfRequest];
  const last = request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim();
  return {
    ...(typeof address === 'string' ? { address: address.slice(0, longest) } : {}),
    ...(last ? { forwardedFor: last.slice(0, longest) } : {}),
  };
}
