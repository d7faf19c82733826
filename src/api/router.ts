/*
 * api/ owns the API: operations, and the same operations over HTTP with authentication and validation. It never has a
 * rule about input that a caller in TypeScript could bypass.
 */
import { Hono, type Context } from 'hono';
import { z } from 'zod';
import type { HoldfastError } from '../base/errors.ts';
import type { Traced } from '../base/tracing.ts';
import type { ParamsOf, Route } from '../contract/route.ts';
import type { ApiFor } from './api.ts';
import { auditRefusal, auditSession } from './auditing.ts';
import { authenticate } from './auth/auth.ts';
import { anonymous, isAllowed, type Caller } from './auth/caller.ts';
import { createOidc } from './auth/oidc/oidc.ts';
import { refuseOtherOrigin } from './auth/origin.ts';
import { signInLimit } from './auth/sign-in-limit.ts';
import type { ApiContext } from './context.ts';
import type { ApiConfig } from './config.ts';
import type { Endpoint, HttpCall } from './endpoint.ts';
import { errorAnswer, methodNotAllowed, noSuchAddress, notAllowed } from './error-answer.ts';
import { requireTables } from './initialized.ts';
import { readJsonBody } from './json-body.ts';
import { notTheirs } from './limited-caller.ts';
import { endpoints, operationOf } from './operations.ts';
import { answerPage } from './page/page.ts';
import { inCallSpan, nameByRoute, noteError } from './traced-call.ts';
import { invalidRequest, validate } from './validate.ts';

/** The database that a call is about. */
export interface Served {
  readonly context: ApiContext;
  readonly apiFor: ApiFor;
}

interface Asked {
  readonly served: Served;
  /** Why the caller may make no call about the database that was named. */
  readonly refusal?: HoldfastError;
}

type App = Hono<{ Bindings: Asked & { caller: Caller; span: Traced } }>;
/** What every call of a system has in common. */
type SystemPart = Pick<HttpCall, 'sessions' | 'noteSession' | 'version' | 'served'>;

const noBody = z.strictObject({});

/**
 * The HTTP API: the page, or authentication and then the endpoint. Always answers.
 * @param first what a call is about that names no database; it has the tokens and the sessions
 */
export function createFetch(
  first: Served,
  databases: { named(name: string, told?: readonly string[]): Promise<Served> },
): (request: Request) => Promise<Response> {
  const { context } = first;
  const { config, catalog, version } = context;
  const { oidc } = config.auth;
  const sessions = {
    ended: catalog.endedSessions,
    tokens: catalog.tokens,
    oidc: oidc && createOidc(oidc, config.logger),
    limit: signInLimit(),
  };
  const served = endpoints.map(({ route }) => route);
  const app = routed(first, {
    sessions,
    noteSession: (caller, operation) => auditSession(context, caller, operation),
    version,
    served,
  });
  const open = new Set(
    endpoints.filter(({ route }) => route.scope === 'open').map(({ route }) => config.basePath + route.path),
  );
  const answer = async (request: Request, span: Traced): Promise<Response> => {
    let response: Response;
    try {
      let caller = anonymous;
      let asked: Asked = { served: first };
      if (open.has(pathOf(request))) refuseOtherOrigin(request, config);
      else {
        caller = await authenticate(request, config, sessions);
        asked = await askedFor(new URL(request.url), caller);
      }
      response = await app.fetch(request, { caller, span, ...asked });
    } catch (error) {
      noteError(span, error);
      response = errorAnswer(error, request, config);
    }
    response.headers.set('X-Content-Type-Options', 'nosniff');
    if (!response.headers.has('Cache-Control')) response.headers.set('Cache-Control', 'no-store');
    return response;
  };

  /** @throws DATABASE_NOT_FOUND */
  async function askedFor({ searchParams }: URL, caller: Caller): Promise<Asked> {
    const { databases: theirs } = caller;
    const names = searchParams.getAll('database');
    const notOne = theirs && names.find((each) => !theirs.includes(each));
    if (notOne !== undefined) return { served: first, refusal: notTheirs(caller, notOne) };
    // Given twice, it is refused with all others.
    const name = names.length === 1 ? names[0] : theirs?.[0];
    return { served: name === undefined ? first : await databases.named(name, theirs) };
  }

  return async (request) =>
    (await answerPage(request, config)) ?? inCallSpan(request, (span) => answer(request, span));
}

function routed(first: Served, system: SystemPart): App {
  const { config } = first.context;
  // Some frameworks, Next.js with `trailingSlash` among them, redirect every call to an address that ends with a slash.
  const app: App = new Hono({ strict: false });
  app.notFound((c) => errorAnswer(noSuchAddress(c.req.path, config), c.req.raw, config));
  app.onError((error, c) => {
    noteError(c.env.span, error);
    return errorAnswer(error, c.req.raw, config);
  });
  // Path by path, the literal ones before those with a parameter: /backup/status is not a backup's id.
  for (const [path, group] of byPath(endpoints)) {
    const address = config.basePath + path.replaceAll(/\{(\w+)\}/g, ':$1');
    for (const endpoint of group) {
      app.on(endpoint.route.method, address, async (c) => {
        const { caller, span } = c.env;
        nameByRoute(span, c.req.method, c.req.path, config.basePath + path);
        const { scope, ofAll } = endpoint.route;
        const { context, apiFor } = ofAll || scope === 'open' ? first : c.env.served;
        const refusal = isAllowed(caller, scope) ? c.env.refusal : notAllowed(caller, scope);
        if (refusal) {
          const operation = operationOf(endpoint);
          if (operation) await auditRefusal(context, { caller, operation: operation.name }, refusal);
          throw refusal;
        }
        if (endpoint.route.needsTables) await requireTables(context);
        const checked = await check(c, endpoint.route, config);
        return endpoint.handle({
          ...system,
          ...checked,
          config: context.config,
          api: apiFor(caller),
          caller,
          request: c.req.raw,
        });
      });
    }
    const allow = allowed(group);
    app.options(address, () => new Response(null, { status: 204, headers: { Allow: allow } }));
    app.all(address, (c) => {
      throw methodNotAllowed(c.req.method, c.req.path, allow);
    });
  }
  return app;
}

/** Without a slash at its end, as the routes have it. */
function pathOf(request: Request): string {
  return new URL(request.url).pathname.replace(/\/$/, '');
}

function byPath(list: readonly Endpoint[]): [string, Endpoint[]][] {
  const paths = Map.groupBy(list, ({ route }) => route.path);
  return [...paths].toSorted(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')));
}

function allowed(group: readonly Endpoint[]): string {
  const methods = new Set<string>(group.map(({ route }) => route.method));
  if (methods.has('GET')) methods.add('HEAD');
  methods.add('OPTIONS');
  return ['POST', 'GET', 'DELETE', 'HEAD', 'OPTIONS'].filter((method) => methods.has(method)).join(', ');
}

/** @throws INVALID_REQUEST, and what reading the body throws, before anything is done */
async function check(
  c: Context,
  route: Route,
  config: ApiConfig,
): Promise<Pick<HttpCall, 'params' | 'query' | 'body'>> {
  return {
    query: parameters(route.query, queryOf(c.req.raw)),
    params: parameters(route.params, c.req.param()),
    body: route.method === 'POST' ? await bodyOf(c.req.raw, route, config) : {},
  };
}

function parameters(schema: z.ZodObject | undefined, values: Record<string, string>): ParamsOf<Route> {
  if (schema) return validate(schema, values);
  const unknown = Object.keys(values).map((field) => ({ field, problem: 'unknown parameter' }));
  if (unknown.length > 0) throw invalidRequest(unknown);
  return {};
}

/** Without `database`. @throws INVALID_REQUEST for a parameter that is given twice: it is unclear which one counts */
function queryOf(request: Request): Record<string, string> {
  const values = new URL(request.url).searchParams;
  const twice = [...new Set(values.keys())].filter((name) => values.getAll(name).length > 1);
  if (twice.length > 0) throw invalidRequest(twice.map((field) => ({ field, problem: 'is given twice' })));
  values.delete('database');
  return Object.fromEntries(values);
}

async function bodyOf(request: Request, route: Route, config: ApiConfig): Promise<HttpCall['body']> {
  const body = await readJsonBody(request, config.maxBodyBytes);
  if (body === undefined && route.bodyRequired) {
    throw invalidRequest([{ field: '', problem: 'this call needs a body; send {} for its defaults' }]);
  }
  refuseOfQuery(body ?? {}, route);
  return validate(route.body ?? noBody, body ?? {});
}

/** A field that belongs in the query would otherwise only be an unknown one. */
function refuseOfQuery(body: object, { query, body: schema }: Route): void {
  const has = (object: z.ZodObject | undefined, name: string): boolean =>
    object !== undefined && Object.hasOwn(object.shape, name);
  const misplaced = Object.keys(body).filter((name) => has(query, name) && !has(schema, name));
  if (misplaced.length > 0) {
    throw invalidRequest(
      misplaced.map((field) => ({ field, problem: `belongs in the query: ?${field}=true` })),
    );
  }
}
