import { z } from 'zod';
import { errorAnswer } from './contract/fields.ts';
import { schemaNames } from './contract/names.ts';
import { notInitializedAnswer } from './contract/system.ts';
import type { Endpoint } from './endpoint.ts';

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
      description: 'Backup and restore for PostgreSQL. Every call needs an admin.',
    },
    servers: [{ url: basePath === '' ? '/' : basePath }],
    security: [{ bearer: [] }],
    paths,
    components: { schemas: components(), securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
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
    parameters: [...parameters(endpoint.params, 'path'), ...parameters(endpoint.query, 'query')],
    ...(endpoint.body
      ? { requestBody: { content: { 'application/json': { schema: schemaOf(endpoint.body, 'input') } } } }
      : {}),
    responses: {
      ...Object.fromEntries(answers),
      ...(endpoint.always ? {} : { 503: error('The tables do not exist yet', notInitializedAnswer) }),
      default: error('Every other error', errorAnswer),
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

/** The registry of all schemas, with one more under a name of its own: that makes the others references. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const id = schemaNames.get(schema)?.id;
  if (id !== undefined) return { $ref: componentUri(id) };
  const registry = z.registry<{ id: string }>();
  const asked = 'asked';
  for (const [name, named] of schemaNames._idmap) registry.add(named, { id: name });
  registry.add(schema, { id: asked });
  return clean(z.toJSONSchema(registry, { io, uri: componentUri }).schemas[asked]!, io);
}
