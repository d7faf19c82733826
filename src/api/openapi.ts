import { z } from 'zod';
import * as backup from './contract/backup.ts';
import * as cleanup from './contract/cleanup.ts';
import * as event from './contract/event.ts';
import * as fields from './contract/fields.ts';
import { schemaNames } from './contract/names.ts';
import * as restore from './contract/restore.ts';
import * as schedule from './contract/schedule.ts';
import * as session from './contract/session.ts';
import * as system from './contract/system.ts';
import * as table from './contract/table.ts';
import * as verification from './contract/verification.ts';
import type { Endpoint } from './endpoint.ts';
import { cookieName, csrfHeader } from './session.ts';

type Json = Record<string, unknown>;

const componentUri = (id: string): string => `#/components/schemas/${id}`;

/** The OpenAPI 3.1 document: 3.1 takes JSON Schema as it is, and zod writes that. */
export function openApiDocument(endpoints: readonly Endpoint[], basePath: string, version: string): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = (paths[endpoint.path] ??= {});
    path[endpoint.method.toLowerCase()] = operation(endpoint);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Holdfast',
      version,
      description: 'Backup and restore for PostgreSQL. Every call but those of the session needs an admin.',
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    security: [{ bearer: [] }, { session: [] }],
    paths,
    components: {
      schemas: components(),
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

function operation(endpoint: Endpoint): Json {
  const answers = Object.entries(endpoint.answers).map(([status, answer]) => [
    status,
    {
      description: answer.description,
      content: {
        ...(answer.schema ? { 'application/json': { schema: schemaOf(answer.schema, 'output') } } : {}),
        ...Object.fromEntries((answer.mediaTypes ?? []).map((type) => [type, {}])),
      },
    },
  ]);
  const error = (description: string, schema: z.ZodType): Json => ({
    description,
    content: { 'application/json': { schema: schemaOf(schema, 'output') } },
  });
  return {
    summary: endpoint.summary,
    ...(endpoint.description ? { description: endpoint.description } : {}),
    ...(endpoint.open ? { security: [] } : {}),
    parameters: [...parameters(endpoint.params, 'path'), ...parameters(endpoint.query, 'query')],
    ...(endpoint.body
      ? { requestBody: { content: { 'application/json': { schema: schemaOf(endpoint.body, 'input') } } } }
      : {}),
    responses: {
      ...Object.fromEntries(answers),
      ...(endpoint.always ? {} : { 503: error('The tables do not exist yet', system.notInitializedAnswer) }),
      default: error('Every other error', fields.errorAnswer),
    },
  };
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
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

const named = Object.values({
  ...fields,
  ...backup,
  ...cleanup,
  ...event,
  ...restore,
  ...schedule,
  ...session,
  ...system,
  ...table,
  ...verification,
}).filter((item) => item instanceof z.ZodType && schemaNames.has(item)) as z.ZodType[];

function nameOf(schema: z.ZodType): string | undefined {
  return schemaNames.get(schema)?.id;
}

function components(): Json {
  return Object.fromEntries(
    named.map((schema) => {
      const name = nameOf(schema)!;
      return [name, jsonSchema(schema, name, name.endsWith('Body') ? 'input' : 'output')];
    }),
  );
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const name = nameOf(schema);
  return name === undefined ? jsonSchema(schema, 'anonymous', io) : { $ref: componentUri(name) };
}

/** What stands in one registry with others refers to them instead of repeating them. */
function jsonSchema(schema: z.ZodType, name: string, io: 'input' | 'output'): Json {
  const registry = z.registry<{ id: string }>();
  for (const other of named) registry.add(other, { id: nameOf(other)! });
  registry.add(schema, { id: name });
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: componentUri,
    override({ jsonSchema: made }) {
      // Answers gain fields with time; nobody may rely on there being no others.
      if (io === 'output' && made.additionalProperties === false) delete made.additionalProperties;
    },
  });
  const { $id: _, $schema: __, ...rest } = schemas[name]!;
  return rest;
}
