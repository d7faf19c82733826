import type { AnswerOf, ParamsOf, QueryOf, Route, SentBodyOf } from '../contract/route.ts';
import type { Address, RouteAt } from '../contract/routes.ts';
import { unexpectedAnswer } from './error.ts';
import type { CallOptions, QueryValue, Transport } from './transport.ts';

/** A part of a request: absent if the route has none, optional if everything in it is. */
type Part<Name extends string, Value> = keyof Value extends never
  ? { [N in Name]?: never }
  : Record<never, never> extends Value
    ? { [N in Name]?: Value | undefined }
    : { [N in Name]: Value };

/** What a call of a route takes: `params` of its path, `query` and `body`. */
type RequestOf<R extends Route> = Part<'params', ParamsOf<R>> &
  Part<'query', QueryOf<R>> &
  Part<'body', SentBodyOf<R>>;

/** Calls an address of the API, with the types of its route. */
export type CallAddress = <A extends Address>(
  address: A,
  request: RequestOf<RouteAt<A>>,
  options?: CallOptions,
) => Promise<AnswerOf<RouteAt<A>>>;

export function callsOver(transport: Transport): CallAddress {
  return async (address, request, options = {}) => {
    const [method, path] = fill(address, request);
    const { query, body } = request as { query?: Record<string, QueryValue>; body?: object };
    const { signal } = options;
    const response = await transport.open(method, path, { query, body, signal });
    // The only place where an answer is trusted to be what its route says.
    return (await response.json()) as never;
  };
}

/** Method and path of an address, with its parameters filled in. */
export function fill(
  address: Address,
  { params = {} }: { params?: Record<string, string | number> },
): [method: string, path: string] {
  const [method = '', path = ''] = address.split(' ');
  return [method, path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))];
}

/** The parts that any of the answers has. */
type PartName<Answer> = Answer extends unknown ? Extract<keyof Answer, string> : never;

/**
 * The part of an answer that a call is for.
 * @throws ApiError when it is not there: then something else than Holdfast has answered
 */
export function partOf<Answer extends object, Name extends PartName<Answer>>(
  answer: Answer,
  name: Name,
): Extract<Answer, Record<Name, unknown>>[Name] {
  if (!(name in answer)) throw unexpectedAnswer(`The answer has no "${name}".`);
  return (answer as Extract<Answer, Record<Name, unknown>>)[name];
}
