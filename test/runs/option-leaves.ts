import type { z } from 'zod';

type Shape = z.core.$ZodTypes;

/** The paths of every text that the options take: `stores.*.credentials.*`, `auth.token[]`. */
export function textLeaves(schema: z.core.$ZodType, path = ''): string[] {
  const { def } = (schema as Shape)._zod;
  switch (def.type) {
    case 'object':
      return Object.entries(def.shape).flatMap(([name, value]) =>
        textLeaves(value, path === '' ? name : `${path}.${name}`),
      );
    case 'record':
      return textLeaves(def.valueType, `${path}.*`);
    case 'array':
      return textLeaves(def.element, `${path}[]`);
    case 'union':
      return [...new Set(def.options.flatMap((each) => textLeaves(each, path)))];
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
      return textLeaves(def.innerType, path);
    case 'pipe':
      return textLeaves(def.in, path);
    case 'string':
    case 'unknown':
      return [path];
    case 'enum':
    case 'literal':
    case 'number':
    case 'boolean':
    case 'null':
    case 'custom':
      return [];
    default:
      throw new Error(`${path} is of a kind that is not known here: ${def.type}`);
  }
}

/** Options with this value at a path of `textLeaves`. */
export function withValue(path: string, value: unknown): Record<string, unknown> {
  const names = path.replaceAll('[]', '.[]').split('.');
  return names.reduceRight<unknown>(
    (below, name) => (name === '[]' ? [below] : { [name === '*' ? 'planted-name' : name]: below }),
    value,
  ) as Record<string, unknown>;
}
