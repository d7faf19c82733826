/** In what two plans of the same restore differ. Pure. */
import type { RestorePlan } from './restore.ts';

/**
 * What says nothing about what a restore does: how many rows are there now, which changes all the time and is replaced
 * anyway, and the SQL, which is in the plan only where it was asked for.
 */
const passing = new Set([
  'rowsNow',
  'rowsNowIsEstimate',
  'statements',
  'writtenSince',
  'lockedMs',
  'measuredRestores',
  'planId',
]);

const namedAtMost = 20;

/** Sentences, one for each difference that matters; empty when the plans are the same. */
export function planDifferences(before: RestorePlan, now: RestorePlan): string[] {
  const [was, is] = [lasting(before), lasting(now)];
  const differences = [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((part) =>
    partDifferences(part, was[part], is[part]),
  );
  const more = differences.length - namedAtMost;
  return more > 0 ? [...differences.slice(0, namedAtMost), `and ${more} more`] : differences;
}

function partDifferences(part: string, was: unknown, is: unknown): string[] {
  if (!Array.isArray(was ?? []) || !Array.isArray(is ?? [])) {
    return canonical(was) === canonical(is) ? [] : [`${part}: ${words(was)} then, ${words(is)} now`];
  }
  const [before, now] = [was, is].map(
    (each) => new Map(((each ?? []) as unknown[]).map((item) => [canonical(item), item])),
  );
  const gone = [...before!]
    .filter(([key]) => !now!.has(key))
    .map(([, item]) => `${part}: no longer ${words(item)}`);
  const fresh = [...now!]
    .filter(([key]) => !before!.has(key))
    .map(([, item]) => `${part}: now ${words(item)}`);
  return [...gone, ...fresh];
}

function lasting(plan: RestorePlan): Record<string, unknown> {
  const { steps, create, locks, foreignKeys, ...rest } = plan;
  // The steps say these too, in their order.
  const said = steps.length > 0 ? {} : { create, locks, foreignKeys };
  const whole = {
    steps: steps.flatMap(({ does, what }) => what.map((each) => `${does} ${each}`)),
    ...said,
    ...rest,
  };
  const text = JSON.stringify(whole, (key, value: unknown) => (passing.has(key) ? undefined : value));
  return JSON.parse(text) as Record<string, unknown>;
}

/** Equal for equal values: PostgreSQL gives the keys of a JSON object back in an order of its own. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}

function words(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object') return String(value);
  const parts = Object.entries(value).filter(([, each]) => each !== null && typeof each !== 'object');
  return parts.map(([name, each]) => `${name} ${String(each)}`).join(', ') || JSON.stringify(value);
}
