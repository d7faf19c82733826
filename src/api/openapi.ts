import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';
import { runProgress, signal } from '../contract/event.ts';
import { errorAnswer } from '../contract/fields.ts';
import { schemaNames } from '../contract/names.ts';
import type { Route } from '../contract/route.ts';
import { notInitializedAnswer } from '../contract/system.ts';
import { cookieName, csrfHeader } from './auth/session.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document: 3.1 takes JSON Schema as it is, and zod writes that. */
export async function openApiDocument(
  routes: readonly Route[],
  basePath: string,
  version: string,
): Promise<Json> {
  const schemas = await describedSchemas(routes);
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = (paths[route.path] ??= {});
    path[route.method.toLowerCase()] = operation(route, schemas);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version,
      description:
        'Backup and restore for PostgreSQL. Every call but those of the session needs a token with the scope in its x-scope, or a session.',
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      schemas: schemas.named,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieName,
          description: `Of POST /session, for browsers. Changes also need its csrfToken as ${csrfHeader}.`,
        },
      },
    },
  };
}

function operation(route: Route, { taken, answered }: Schemas): Json {
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    {
      description: answer.description,
      content: {
        ...(answer.schema ? { 'application/json': { schema: answered.get(answer.schema) } } : {}),
        ...Object.fromEntries((answer.mediaTypes ?? []).map((type) => [type, {}])),
      },
    },
  ]);
  const error = (description: string, schema: z.ZodType): Json => ({
    description,
    content: { 'application/json': { schema: answered.get(schema) } },
  });
  return {
    summary: route.summary,
    ...(route.description ? { description: route.description } : {}),
    ...(route.scope === 'open' ? { security: [] } : { 'x-scope': route.scope }),
    parameters: [
      ...parameters(route.params && taken.get(route.params), 'path'),
      ...parameters(route.query && taken.get(route.query), 'query'),
      ...(route.ofAll || route.scope === 'open' ? [] : [databaseParameter]),
    ],
    ...(route.body
      ? {
          requestBody: {
            required: route.bodyRequired === true,
            content: { 'application/json': { schema: taken.get(route.body) } },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(answers),
      ...(route.needsTables ? { 503: error('The tables do not exist yet', notInitializedAnswer) } : {}),
      default: error('Every other error', errorAnswer),
    },
  };
}

function parameters(schema: Json | undefined, place: 'path' | 'query'): Json[] {
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: property,
  }));
}

const databaseParameter = {
  name: 'database',
  in: 'query',
  required: false,
  description: 'Which one of several databases: a `name` of GET /databases. Default: the first one.',
  schema: { type: 'string' },
};

interface Schemas {
  /** Each as JSON Schema, or as a reference when it has a name. */
  taken: Map<z.ZodType, Json>;
  answered: Map<z.ZodType, Json>;
  named: Record<string, Json>;
}

/** Schemas that no route refers to, and its description does. */
const mentioned = [signal, runProgress];

/** The schemas of the routes. What has a name in the contract is written once and referred to. */
async function describedSchemas(routes: readonly Route[]): Promise<Schemas> {
  const inputs = routes.flatMap(({ params, query, body }) => [params, query, body]);
  const answers = routes.flatMap((route) => Object.values(route.answers).map(({ schema }) => schema));
  const taken = jsonSchemas(inputs, 'input');
  // Tens of milliseconds each: other requests get their turn between them.
  await turn();
  const answered = jsonSchemas([...answers, ...mentioned, notInitializedAnswer, errorAnswer], 'output');
  return {
    taken: taken.schemas,
    answered: answered.schemas,
    // What is both taken and answered is described as it is answered.
    named: { ...taken.named, ...answered.named },
  };
}

/** Descriptions, which zod keeps for all applications together, and the names of our own schemas. */
const metadata = {
  get: (schema: z.ZodType) => ({ ...z.globalRegistry.get(schema), ...schemaNames.get(schema) }),
} as unknown as typeof z.globalRegistry;

/** All of one direction in one go, as the items of a tuple: so zod visits each schema once. */
function jsonSchemas(
  list: readonly (z.ZodType | undefined)[],
  io: 'input' | 'output',
): { schemas: Map<z.ZodType, Json>; named: Record<string, Json> } {
  const distinct = [...new Set(list.filter((schema) => schema !== undefined))];
  const { prefixItems, $defs } = z.toJSONSchema(z.tuple(distinct as [z.ZodType]), {
    io,
    metadata,
    override({ jsonSchema }) {
      // Answers gain fields over time, so clients must accept unknown ones.
      if (io === 'output' && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
    },
  });
  const made = JSON.parse(
    JSON.stringify({ prefixItems, $defs }).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as { prefixItems: Json[]; $defs: Record<string, Json> };
  return {
    schemas: new Map(distinct.map((schema, place) => [schema, made.prefixItems[place]!])),
    named: made.$defs,
  };
}
