import { z } from 'zod';
import type { ApiConfig } from './context.ts';
import type { BackupApi } from './contract.ts';

/** One request, as a handler gets it: authenticated, with its parameters checked and its body read. */
export interface Call<Query, Params, Body = unknown> {
  readonly api: BackupApi;
  readonly config: ApiConfig;
  readonly request: Request;
  readonly query: Query;
  readonly params: Params;
  /** Parsed JSON, checked; as if it were `{}` when there was none. */
  readonly body: Body;
}

interface Answer {
  description: string;
  /** Of a JSON body. */
  schema?: z.ZodType;
  /** Media types of a body that is not JSON. */
  mediaTypes?: readonly string[];
}

/** An endpoint of the HTTP face: what it takes, what it answers and what it does, as one value. */
export interface Endpoint<
  Query extends z.ZodType = z.ZodType,
  Params extends z.ZodObject = z.ZodObject,
  Body extends z.ZodType = z.ZodType,
> {
  method: 'GET' | 'POST' | 'DELETE';
  /** Under the base path; a parameter stands in braces. */
  path: string;
  summary: string;
  description?: string;
  /** Answers before our tables exist. Default false: 503. */
  always?: boolean;
  /** Answers without an admin. Default false: 401. */
  open?: boolean;
  query?: Query;
  params?: Params;
  /** The JSON body; without one, only an empty body is taken. */
  body?: Body;
  /** An absent body is refused, where `{}` does something that cannot be taken back. */
  bodyRequired?: boolean;
  answers: Record<number, Answer>;
  handle(call: Call<z.output<Query>, z.output<Params>, z.output<Body>>): Promise<Response>;
}

/** Gives a handler the types of its own parameters and forgets them for the list. */
export function endpoint<
  Query extends z.ZodType = z.ZodObject<Record<never, never>>,
  Params extends z.ZodObject = z.ZodObject<Record<never, never>>,
  Body extends z.ZodType = z.ZodObject<Record<never, never>>,
>(definition: Endpoint<Query, Params, Body>): Endpoint {
  return definition as unknown as Endpoint;
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}
