import type { Random } from '../engine/segments.ts';

/** A JSON Schema, as the OpenAPI document has it. */
export type Json = Record<string, unknown>;

export interface OpenApi {
  paths: Record<string, Record<string, Json>>;
  components: { schemas: Record<string, Json> };
}

export interface HostileRequest {
  /** Braces filled in, with the query. */
  path: string;
  body?: string;
}

const pick = <T>(random: Random, all: readonly T[]): T => all[random(all.length)]!;
const chance = (random: Random, of: number): boolean => random(of) === 0;

/** Values that nobody means, of every type of JSON. */
const strange: readonly unknown[] = [
  null,
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '𝕏\u202e',
  '-1',
  '1e309',
  '0x10',
  '00000000000000000001',
  '9223372036854775808',
  "'; drop table system_backups; --",
  '"; select pg_sleep(60); --',
  '${1+1}{{7*7}}%00%s',
  '../../../etc/passwd',
  'public.orders',
  'a'.repeat(5_000),
  '2024-02-30',
  '25:61',
  'Nowhere/None',
  true,
  false,
  0,
  -0,
  -1,
  0.5,
  1e21,
  Number.MAX_SAFE_INTEGER,
  [],
  [[]],
  [null],
  Array.from({ length: 300 }, (_, i) => `t${i}`),
  {},
  { __proto__: null, constructor: { prototype: {} } },
  { toString: 'x', length: -1 },
];

/** Something that a schema lets through, or nearly; the deeper the plainer. */
export function valueOf(random: Random, schema: Json, document: OpenApi, depth = 0): unknown {
  if (chance(random, 9)) return pick(random, strange);
  const {
    $ref,
    anyOf,
    oneOf,
    allOf,
    const: fixed,
    enum: words,
    type,
  } = schema as {
    $ref?: string;
    anyOf?: Json[];
    oneOf?: Json[];
    allOf?: Json[];
    const?: unknown;
    enum?: unknown[];
    type?: string | string[];
  };
  if ($ref !== undefined) {
    return valueOf(random, document.components.schemas[$ref.split('/').at(-1)!] ?? {}, document, depth);
  }
  const choices = anyOf ?? oneOf ?? allOf;
  if (choices && choices.length > 0) return valueOf(random, pick(random, choices), document, depth + 1);
  if ('const' in schema) return fixed;
  if (words) return pick(random, words);
  return ofType(random, Array.isArray(type) ? pick(random, type) : type, schema, document, depth);
}

function ofType(
  random: Random,
  type: string | undefined,
  schema: Json,
  document: OpenApi,
  depth: number,
): unknown {
  if (type === 'boolean') return chance(random, 2);
  if (type === 'integer' || type === 'number') return pick(random, [0, 1, 2, 5, 30, 100, 999_999]);
  if (type === 'string')
    return pick(random, ['orders', 'public.orders', 'default', '03:00', 'UTC', '1', '999999', 'x y']);
  if (depth > 4) return pick(random, strange);
  if (type === 'array') {
    const items = (schema['items'] ?? {}) as Json;
    return Array.from({ length: random(3) }, () => valueOf(random, items, document, depth + 1));
  }
  const { properties = {}, required = [] } = schema as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  const made: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    const given = required.includes(name) ? !chance(random, 20) : chance(random, 3);
    if (given) made[name] = valueOf(random, property, document, depth + 1);
  }
  if (chance(random, 25)) made['unheardOf'] = pick(random, strange);
  return made;
}

/** A request to one operation of the document, made so that much of it is refused. */
export function hostileRequest(
  random: Random,
  path: string,
  operation: Json,
  document: OpenApi,
): HostileRequest {
  const query = new URLSearchParams();
  let filled = path;
  for (const { name, in: place, required, schema } of (operation['parameters'] ?? []) as {
    name: string;
    in: 'path' | 'query';
    required: boolean;
    schema: Json;
  }[]) {
    // What it waits for is answered as well without.
    if (name === 'wait' || (place === 'query' && !required && !chance(random, 3))) continue;
    const value = valueOf(random, schema, document);
    const text = (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
    if (place === 'query') query.append(name, text);
    else filled = filled.replace(`{${name}}`, encodeURIComponent(text === '' ? '0' : text));
  }
  if (chance(random, 30)) query.append('unheardOf', 'x');
  const address = query.size > 0 ? `${filled}?${query.toString()}` : filled;
  const content = (operation['requestBody'] as { content?: Record<string, { schema: Json }> } | undefined)
    ?.content;
  const schema = content?.['application/json']?.schema;
  if (!schema) return { path: address };
  if (chance(random, 20)) {
    return {
      path: address,
      body: pick(random, ['', '{', '[]', 'null', '"x"', '{"a":1}{', '\u0000', '[[[['.repeat(500)]),
    };
  }
  return { path: address, body: JSON.stringify(valueOf(random, schema, document)) };
}
