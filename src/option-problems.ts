import { z } from 'zod';
import { HoldfastError } from './base/errors.ts';

/** What is wrong with one option. Never its value. */
export interface OptionProblem {
  /** As a path: `auth.token`. */
  option: string;
  problem: string;
}

type Issue = z.core.$ZodIssue;

/**
 * What a schema refuses, an entry each; of an unknown option the nearest one that there is.
 * @param schema what refused it
 */
export function problemsOf(error: z.ZodError, schema: z.ZodType): OptionProblem[] {
  return error.issues.flatMap((issue) => problemsOfIssue(issue, [], schema));
}

/**
 * The values, as the schema has made them.
 * @param where the file that they are from, where they are from one
 * @throws INVALID_CONFIGURATION naming each wrong option, never its value
 */
export function requireValid<Schema extends z.ZodType>(
  schema: Schema,
  values: unknown,
  where?: string,
): z.output<Schema> {
  const result = schema.safeParse(values);
  if (result.success) return result.data;
  const problems = problemsOf(result.error, schema);
  const said = problems.map(({ option, problem }) => `${option}: ${problem}`).join('; ');
  throw new HoldfastError('INVALID_CONFIGURATION', where === undefined ? said : `${where}: ${said}`, {
    details: { ...(where === undefined ? {} : { file: where }), problems },
  });
}

function problemsOfIssue(issue: Issue, above: readonly PropertyKey[], schema: z.ZodType): OptionProblem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    // Of several forms the one that was meant is the one that is wrong further inside.
    const meant = issue.errors.find((branch) => branch.some(isInside));
    if (meant) return meant.flatMap((inner) => problemsOfIssue(inner, path, schema));
  }
  const option = path.map(String).join('.') || 'options';
  if (issue.code !== 'unrecognized_keys') return [{ option, problem: issue.message }];
  const known = namesAt(schema, path);
  return issue.keys.map((key) => {
    const near = nearest(key, known);
    const hint = near === undefined ? '' : `; is \`${[...path, near].map(String).join('.')}\` meant?`;
    return { option: [...path, key].map(String).join('.'), problem: `is not an option${hint}` };
  });
}

function isInside({ code, path }: Issue): boolean {
  return path.length > 0 || code === 'unrecognized_keys';
}

/** The names that a schema knows at a place. */
function namesAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const [name, ...inner] = path;
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((each) => namesAt(each as z.ZodType, path));
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault) {
    return namesAt(schema.def.innerType as z.ZodType, path);
  }
  if (schema instanceof z.ZodRecord) {
    return name === undefined ? [] : namesAt(schema.valueType as z.ZodType, inner);
  }
  if (!(schema instanceof z.ZodObject)) return [];
  const shape = schema.shape as Record<string, z.ZodType>;
  if (name === undefined) return Object.keys(shape);
  const next = Object.hasOwn(shape, String(name)) ? shape[String(name)] : undefined;
  return next === undefined ? [] : namesAt(next, inner);
}

/** What a mistyped name was probably meant to be. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3));
  const [best] = known
    .map((each) => ({ each, steps: distance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ steps }) => steps <= limit)
    .toSorted((a, b) => a.steps - b.steps);
  return best?.each;
}

/** How many letters are to be inserted, removed, replaced or swapped with their neighbour, to make one name of another. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const differs = from[line - 1] === to[column - 1] ? 0 : 1;
      const swapped =
        line > 1 && column > 1 && from[line - 1] === to[column - 2] && from[line - 2] === to[column - 1];
      next[column] = Math.min(
        row[column]! + 1,
        next[column - 1]! + 1,
        row[column - 1]! + differs,
        swapped ? before[column - 2]! + 1 : Infinity,
      );
    }
    before = row;
    row = next;
  }
  return row[to.length]!;
}
