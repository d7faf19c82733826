import { z } from 'zod';
import type { NeededScope } from './scopes.ts';

interface Answer {
  readonly description: string;
  /** Of a JSON body. */
  readonly schema?: z.ZodType;
  /** Media types of a body that is not JSON. */
  readonly mediaTypes?: readonly string[];
}

/**
 * One call of the HTTP API: its address, what it takes and what it answers. The server makes the endpoint, the checks and the
 * OpenAPI document from it; the client takes its types.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Under the base path; parameters are in braces. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** `open` is for everyone, also without a token. */
  readonly scope: NeededScope;
  /** Whether it is about all databases together: it takes `?database=` and does the same with each. Default: false */
  readonly ofAll?: boolean;
  /** Whether it answers 503 until our tables exist. */
  readonly needsTables: boolean;
  /** Parameters of the path. Without a schema there are none, as with the query. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** The JSON body. Without a schema, only an empty object or no body is accepted. */
  readonly body?: z.ZodObject;
  /** Refuses a request without a body, where `{}` does something that cannot be undone. */
  readonly bodyRequired?: boolean;
  /** By HTTP status. */
  readonly answers: Readonly<Record<number, Answer>>;
}

type Definition = Omit<Route, 'scope' | 'needsTables'> & Partial<Pick<Route, 'scope' | 'needsTables'>>;

/** Defines a route. By default it is for admins and needs our tables. */
export function route<const Given extends Definition>(
  given: Given,
): Given & Pick<Route, 'scope' | 'needsTables'> {
  return { scope: 'admin', needsTables: true, ...given };
}

type Nothing = Record<never, never>;

/** Parameters of the path, the query and the body after they have been checked. */
export type ParamsOf<R extends Route> = R extends { params: infer S extends z.ZodType }
  ? z.output<S>
  : Nothing;
export type QueryOf<R extends Route> = R extends { query: infer S extends z.ZodType } ? z.output<S> : Nothing;
export type BodyOf<R extends Route> = R extends { body: infer S extends z.ZodType } ? z.output<S> : Nothing;

/** The body as a caller may send it, with what has a default left out. */
export type SentBodyOf<R extends Route> = R extends { body: infer S extends z.ZodType }
  ? z.input<S>
  : Nothing;

type BodyAt<R extends Route, Status extends keyof R['answers']> = R['answers'][Status] extends {
  schema: infer S extends z.ZodType;
}
  ? z.output<S>
  : never;

/** Any of its JSON answers. */
export type AnswerOf<R extends Route> = {
  [Status in keyof R['answers']]: BodyAt<R, Status>;
}[keyof R['answers']];

/** A status that the route has, with the body that belongs to it. */
export type ReplyOf<R extends Route> = {
  [Status in keyof R['answers'] & number]: {
    status: Status;
    body: BodyAt<R, Status>;
    headers?: Record<string, string>;
    /** Each as a Set-Cookie header has it. */
    cookies?: readonly string[];
  };
}[keyof R['answers'] & number];
