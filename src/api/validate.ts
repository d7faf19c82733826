import { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';

export interface Problem {
  /** Where in the input, `target.database`; empty for the whole. */
  field: string;
  problem: string;
}

/** How many problems the message spells out; all of them are in details. */
const shownInMessage = 3;

/**
 * Checks input against a schema.
 * @throws INVALID_REQUEST naming every field that is wrong, never echoing its value
 */
export function validate<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  // One problem a field: the first says what is wrong, the others follow from it.
  const problems = Map.groupBy(result.error.issues.flatMap(problemsOf), ({ field }) => field);
  throw invalidRequest([...problems.values()].map(([first]) => first!));
}

export function invalidRequest(problems: readonly Problem[]): HoldfastError {
  const words = problems
    .slice(0, shownInMessage)
    .map(({ field, problem }) => (field === '' ? problem : `${field}: ${problem}`));
  const more = problems.length - words.length;
  return new HoldfastError('INVALID_REQUEST', words.join('; ') + (more > 0 ? ` (and ${more} more)` : ''), {
    details: { problems },
  });
}

/** @throws INVALID_REQUEST naming every one of these fields that has a value, where it has no meaning */
export function refuseGiven(values: Record<string, unknown>, problem: string): void {
  const given = Object.keys(values).filter((field) => values[field] !== undefined);
  if (given.length > 0) throw invalidRequest(given.map((field) => ({ field, problem })));
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: [...path, key].join('.'), problem: 'unknown field' }));
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The alternative that matched furthest explains the mistake best.
    const closest = issue.errors.reduce((best, errors) => (depth(errors) > depth(best) ? errors : best));
    return closest.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  return [{ field: path.join('.'), problem: issue.message }];
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}
