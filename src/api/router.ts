import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { authenticate } from './auth/auth.ts';
import type { ApiConfig, ApiContext } from './context.ts';
import type { BackupApi } from './contract.ts';
import type { Endpoint } from './endpoint.ts';
import { allEndpoints } from './endpoints.ts';
import { errorAnswer, methodNotAllowed, noSuchAddress } from './error-answer.ts';
import { readJsonBody } from './json-body.ts';
import { refuseOtherOrigin } from './auth/origin.ts';
import { answerPage } from './page/page.ts';
import { requireTables } from './operations/system.ts';
import { invalidRequest, validate } from './validate.ts';

const noBody = z.strictObject({});

/** The HTTP face: the page, or authentication and then the endpoint, and an answer whatever happens. */
export function createFetch(context: ApiContext, api: BackupApi): (request: Request) => Promise<Response> {
  const { config } = context;
  const endpoints = allEndpoints(context.version, context.catalog.endedSessions);
  const app = routes(context, api, endpoints);
  const open = new Set(endpoints.filter((each) => each.open).map(({ path }) => config.basePath + path));
  return async (request) => {
    const page = await answerPage(request, config);
    if (page) return page;
    let response: Response;
    try {
      if (open.has(new URL(request.url).pathname)) refuseOtherOrigin(request, config);
      else await authenticate(request, config, context.catalog.endedSessions);
      response = await app.fetch(request);
    } catch (error) {
      response = errorAnswer(error, request, config);
    }
    response.headers.set('X-Content-Type-Options', 'nosniff');
    response.headers.set('Cache-Control', 'no-store');
    return response;
  };
}

function routes(context: ApiContext, api: BackupApi, endpoints: readonly Endpoint[]): Hono {
  const { config } = context;
  const app = new Hono();
  app.notFound((c) => errorAnswer(noSuchAddress(c.req.path), c.req.raw, config));
  app.onError((error, c) => errorAnswer(error, c.req.raw, config));
  // Path by path, the literal ones before those with a parameter: /backup/status is not a backup's id.
  for (const [path, group] of byPath(endpoints)) {
    const address = config.basePath + path.replaceAll(/\{(\w+)\}/g, ':$1');
    for (const endpoint of group) {
      app.on(endpoint.method, address, (c) => answer(c, endpoint, context, api));
    }
    const allow = allowed(group);
    app.options(address, () => new Response(null, { status: 204, headers: { Allow: allow } }));
    app.all(address, (c) => {
      throw methodNotAllowed(c.req.method, c.req.path, allow);
    });
  }
  return app;
}

function byPath(list: readonly Endpoint[]): [string, Endpoint[]][] {
  const paths = Map.groupBy(list, (endpoint) => endpoint.path);
  return [...paths].toSorted(([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')));
}

function allowed(group: readonly Endpoint[]): string {
  const methods = group.map((endpoint) => endpoint.method as string);
  if (methods.includes('GET')) methods.push('HEAD');
  return [...methods, 'OPTIONS'].join(', ');
}

async function answer(
  c: Context,
  endpoint: Endpoint,
  context: ApiContext,
  api: BackupApi,
): Promise<Response> {
  const { config } = context;
  if (!endpoint.always) await requireTables(context);
  return endpoint.handle({
    api,
    config,
    request: c.req.raw,
    query: parameters(endpoint.query, queryOf(c.req.raw)),
    params: parameters(endpoint.params, c.req.param()),
    body: endpoint.method === 'POST' ? await bodyOf(c.req.raw, endpoint, config) : undefined,
  });
}

function parameters(schema: Endpoint['query'], values: Record<string, string>): never {
  if (schema) return validate(schema, values) as never;
  const unknown = Object.keys(values).map((field) => ({ field, problem: 'unknown parameter' }));
  if (unknown.length > 0) throw invalidRequest(unknown);
  return {} as never;
}

/** @throws INVALID_REQUEST for a parameter that is given twice: which one was meant is anyone's guess */
function queryOf(request: Request): Record<string, string> {
  const values = new URL(request.url).searchParams;
  const twice = [...new Set(values.keys())].filter((name) => values.getAll(name).length > 1);
  if (twice.length > 0) throw invalidRequest(twice.map((field) => ({ field, problem: 'is given twice' })));
  return Object.fromEntries(values);
}

async function bodyOf(request: Request, endpoint: Endpoint, config: ApiConfig): Promise<never> {
  const body = await readJsonBody(request, config.maxBodyBytes);
  if (body === undefined && endpoint.bodyRequired) {
    throw invalidRequest([{ field: '', problem: 'this call wants a body; send {} for its defaults' }]);
  }
  refuseOfQuery(body ?? {}, endpoint);
  return validate(endpoint.body ?? noBody, body ?? {}) as never;
}

/** A field that belongs in the query would otherwise only be an unknown one. */
function refuseOfQuery(body: object, { query, body: schema }: Endpoint): void {
  const has = (object: z.ZodType | undefined, name: string): boolean =>
    object instanceof z.ZodObject && Object.hasOwn(object.shape, name);
  const misplaced = Object.keys(body).filter((name) => has(query, name) && !has(schema, name));
  if (misplaced.length > 0) {
    throw invalidRequest(
      misplaced.map((field) => ({ field, problem: `belongs in the query: ?${field}=true` })),
    );
  }
}
