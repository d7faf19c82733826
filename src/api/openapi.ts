import { z } from 'zod';
import * as backup from '../contract/backup.ts';
import * as cleanup from '../contract/cleanup.ts';
import * as event from '../contract/event.ts';
import * as fields from '../contract/fields.ts';
import { schemaNames } from '../contract/names.ts';
import * as restore from '../contract/restore.ts';
import * as schedule from '../contract/schedule.ts';
import * as session from '../contract/session.ts';
import * as system from '../contract/system.ts';
import * as table from '../contract/table.ts';
import * as verification from '../contract/verification.ts';
import type { Endpoint } from './endpoint.ts';
import { cookieName, csrfHeader } from './auth/session.ts';

type Json = Record<string, unknown>;

const componentUri = (id: string): string => `#/components/schemas/${id}`;

/** The OpenAPI 3.1 document: 3.1 takes JSON Schema as it is, and zod writes that. */
export function openApiDocument(endpoints: readonly Endpoint[], basePath: string, version: string): Json {
  const schemaOf = describedSchemas(endpoints);
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = (paths[endpoint.path] ??= {});
    path[endpoint.method.toLowerCase()] = operation(endpoint, schemaOf);
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
      schemas: Object.fromEntries(named.map((schema) => [nameOf(schema)!, schemaOf(schema)])),
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

function operation(endpoint: Endpoint, schemaOf: SchemaOf): Json {
  const refer = (schema: z.ZodType, io: Direction): Json => {
    const name = nameOf(schema);
    return name === undefined ? schemaOf(schema, io) : { $ref: componentUri(name) };
  };
  const answers = Object.entries(endpoint.answers).map(([status, answer]) => [
    status,
    {
      description: answer.description,
      content: {
        ...(answer.schema ? { 'application/json': { schema: refer(answer.schema, 'output') } } : {}),
        ...Object.fromEntries((answer.mediaTypes ?? []).map((type) => [type, {}])),
      },
    },
  ]);
  const error = (description: string, schema: z.ZodType): Json => ({
    description,
    content: { 'application/json': { schema: refer(schema, 'output') } },
  });
  return {
    summary: endpoint.summary,
    ...(endpoint.description ? { description: endpoint.description } : {}),
    ...(endpoint.open ? { security: [] } : {}),
    parameters: [
      ...parameters(endpoint.params && schemaOf(endpoint.params, 'input'), 'path'),
      ...parameters(endpoint.query && schemaOf(endpoint.query, 'input'), 'query'),
    ],
    ...(endpoint.body
      ? {
          requestBody: {
            required: endpoint.bodyRequired === true,
            content: { 'application/json': { schema: refer(endpoint.body, 'input') } },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(answers),
      ...(endpoint.always ? {} : { 503: error('The tables do not exist yet', system.notInitializedAnswer) }),
      default: error('Every other error', fields.errorAnswer),
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

type Direction = 'input' | 'output';
/** A schema without a name says whether it is of what goes in or of what comes out. */
type SchemaOf = (schema: z.ZodType, io?: Direction) => Json;

/**
 * Every schema of these endpoints as JSON Schema. All of one direction are made together, since zod makes everything in a
 * registry at once, and what has a name there is referred to instead of repeated.
 */
function describedSchemas(endpoints: readonly Endpoint[]): SchemaOf {
  const inputs = endpoints.flatMap(({ body, params, query }) => [body, params, query]);
  const outputs = endpoints.flatMap(({ answers }) => Object.values(answers).map(({ schema }) => schema));
  const made = {
    input: jsonSchemas([...named, ...inputs], 'input'),
    output: jsonSchemas([...named, ...outputs, system.notInitializedAnswer, fields.errorAnswer], 'output'),
  };
  return (schema, io) => {
    const direction = io ?? (nameOf(schema)?.endsWith('Body') ? 'input' : 'output');
    return made[direction].get(schema)!;
  };
}

function jsonSchemas(list: readonly (z.ZodType | undefined)[], io: Direction): Map<z.ZodType, Json> {
  const registry = z.registry<{ id: string }>();
  const ids = new Map<z.ZodType, string>();
  for (const schema of list) {
    if (schema === undefined || ids.has(schema)) continue;
    const id = nameOf(schema) ?? `unnamed ${ids.size}`;
    ids.set(schema, id);
    registry.add(schema, { id });
  }
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: componentUri,
    override({ jsonSchema }) {
      // Answers gain fields with time; nobody may rely on there being no others.
      if (io === 'output' && jsonSchema.additionalProperties === false)
        delete jsonSchema.additionalProperties;
    },
  });
  const unnamed = new Map(
    [...ids].filter(([schema]) => !nameOf(schema)).map(([, id]) => [componentUri(id), id]),
  );
  /** One without a name is written out wherever another has it in it. */
  const written = (id: string): Json => {
    const { $id: _, $schema: __, ...rest } = schemas[id]!;
    return JSON.parse(JSON.stringify(rest), (_key, value: unknown) => {
      const inner = unnamed.get(String((value as Json | null)?.['$ref']));
      return inner === undefined ? value : written(inner);
    }) as Json;
  };
  return new Map([...ids].map(([schema, id]) => [schema, written(id)]));
}
