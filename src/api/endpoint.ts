import { z } from 'zod';
import type { ApiConfig } from './context.ts';
import type { BackupApi } from './contract.ts';

/** One request, as a handler gets it: authenticated, with its parameters checked and its body read. */
export interface Call<Query, Params> {
  readonly api: BackupApi;
  readonly config: ApiConfig;
  readonly request: Request;
  readonly query: Query;
  readonly params: Params;
  /** Parsed JSON, `{}` when there was none; the operation it goes to checks it. */
  readonly body: unknown;
}

interface Answer {
  description: string;
  /** Of a JSON body. */
  schema?: z.ZodType;
  /** Media types of a body that is not JSON. */
  mediaTypes?: readonly string[];
}

/** An endpoint of the HTTP face: what it takes, what it answers and what it does, as one value. */
export interface Endpoint<Query extends z.ZodType = z.ZodType, Params extends z.ZodObject = z.ZodObject> {
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
  /** Describes the JSON body. */
  body?: z.ZodType;
  answers: Record<number, Answer>;
  handle(call: Call<z.output<Query>, z.output<Params>>): Promise<Response>;
}

/** Gives a handler the types of its own parameters and forgets them for the list. */
export function endpoint<
  Query extends z.ZodType = z.ZodObject<Record<never, never>>,
  Params extends z.ZodObject = z.ZodObject<Record<never, never>>,
>(definition: Endpoint<Query, Params>): Endpoint {
  return definition as unknown as Endpoint;
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}
