import { isIP } from 'node:net';
import type { Caller } from './caller.ts';

/** Where a mount that knows the connection of a request puts its address: no header, so no caller can set it. */
export const addressOfRequest = Symbol.for('holdfast.address');

const longest = 64;

/** The address alone: `203.0.113.7:4711`, `[2001:db8::7]:4711`. What is none may be anything, also a secret, and is not written down. */
function addressIn(text: string | undefined): string | undefined {
  const bare =
    /^\[([^\]]+)\](?::\d+)?$/.exec(text ?? '')?.[1] ?? /^([\d.]+):\d+$/.exec(text ?? '')?.[1] ?? text;
  return bare !== undefined && isIP(bare) > 0 ? bare : undefined;
}

/** Where a request comes from, as far as that is known. */
export function whereFrom(request: Request): Pick<Caller, 'address' | 'forwardedFor'> {
  const address = (request as { [addressOfRequest]?: unknown })[addressOfRequest];
  const last = addressIn(request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim());
  return {
    ...(typeof address === 'string' ? { address: address.slice(0, longest) } : {}),
    ...(last ? { forwardedFor: last } : {}),
  };
}
