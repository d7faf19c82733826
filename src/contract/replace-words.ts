import { counted } from '../base/units.ts';
import type { LostObject, ReplacedObject } from './replace.ts';

interface PlannedReplacement {
  replaced?: readonly ReplacedObject[] | undefined;
  remade?: readonly string[] | undefined;
  lost?: readonly LostObject[] | undefined;
}

/** `TABLE public.orders: column "total" is in the backup and not in the database` */
export function replacedLines({ replaced = [] }: PlannedReplacement): string[] {
  return replaced.flatMap(({ what, differences }) =>
    differences.length === 0 ? [what] : differences.map((difference) => `${what}: ${difference}`),
  );
}

/** `COLUMN public.orders.vat (3 rows)` */
export function lostLines({ lost = [] }: PlannedReplacement): string[] {
  return lost.map(({ what, rowsNow }) => (rowsNow === null ? what : `${what} (${counted(rowsNow, 'row')})`));
}

const namedAtMost = 5;

/** What a replacing restore does to definitions, before it is confirmed. */
export function replacementSentences(plan: PlannedReplacement): string[] {
  const sentence = (what: string, items: readonly string[]): string[] => {
    if (items.length === 0) return [];
    const more = items.length > namedAtMost ? `, and ${items.length - namedAtMost} more` : '';
    return [`${what}: ${items.slice(0, namedAtMost).join(', ')}${more}.`];
  };
  return [
    ...sentence('Made again as in the backup', plan.replaced?.map(({ what }) => what) ?? []),
    ...sentence('Made again as it is today', plan.remade ?? []),
    ...sentence('Dropped for good, because it came since', lostLines(plan)),
  ];
}
