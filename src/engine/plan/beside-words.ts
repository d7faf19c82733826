import type { Manifest } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { readWidePublications, type TargetSchema } from '../../postgres/inspect/new-names.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { ChosenEntries } from '../beside/choose-entries.ts';
import type { ChosenNames } from '../beside/names.ts';
import { describeEntry } from '../entries/identity.ts';
import type { RestoreScope } from '../entries/scope.ts';
import type { RestoreRequest } from '../requests.ts';
import type { Refusal } from './refusals.ts';

/** Why tables cannot be made beside the live ones. */
export function besideRefusals(
  { intoSchema, own }: RestoreRequest,
  { lost }: ChosenNames,
  { problems }: ChosenEntries,
  targets: readonly TargetSchema[],
): Refusal[] {
  const refusals: Refusal[] = [];
  const there = lost.filter(({ by }) => by === 'live').map(({ name }) => displayName(name));
  if (there.length > 0) {
    refusals.push({
      code: 'TABLE_EXISTS',
      message: `There already: ${there.join(', ')}.`,
      details: { tables: there },
    });
  }
  const twice = lost.filter(({ by }) => by === 'copy').map(({ entry }) => describeEntry(entry));
  if (twice.length > 0) {
    refusals.push({
      code: 'COPY_NOT_POSSIBLE',
      message: `More than one table would have the same name: ${twice.join(', ')} and another one.`,
      hint: 'Nothing was changed. Restore the schemas one after the other, each into its own.',
    });
  }
  if (intoSchema && own.schemas.includes(intoSchema)) {
    refusals.push({
      code: 'COPY_NOT_POSSIBLE',
      message: `The schema ${intoSchema} is Holdfast's own.`,
      hint: 'Nothing was changed. Name another schema.',
    });
  }
  const closed = targets.filter(({ usable }) => !usable);
  if (closed.length > 0) {
    const what = closed.map(({ name, exists }) =>
      exists ? `tables in schema ${name}` : `the schema ${name}`,
    );
    refusals.push({
      code: 'INSUFFICIENT_PRIVILEGE',
      message: `This role may not create ${what.join(' and ')}.`,
    });
  }
  if (problems.length > 0) {
    const reasons = problems.map(({ entry, reason }) => `${describeEntry(entry)}: ${reason}`);
    refusals.push({
      code: 'COPY_NOT_POSSIBLE',
      message: `${reasons.join('; ')}.`,
      details: { problems: reasons },
    });
  }
  return refusals;
}

export function besideWarnings(
  asked: RestoreScope,
  { largeObjects }: Manifest,
  { calls, made }: ChosenEntries,
  suspects: readonly string[],
): string[] {
  const warnings: string[] = [];
  if (calls.length > 0) {
    warnings.push(
      `What the copies compute and check is done by functions of today, which look at the tables of today: ${calls.map(describeEntry).join(', ')}.`,
    );
  }
  if (suspects.length > 0) {
    warnings.push(
      `These texts in the definitions read like names of tables or sequences and stay as they are: ${[...new Set(suspects)].join(', ')}.`,
    );
  }
  if (asked.largeObjects && largeObjects.objects.length > 0) {
    warnings.push('Large objects are not copied: numbers of them in the copies are of those of today.');
  }
  if (made.some(({ kind }) => kind === 'ROW SECURITY')) {
    warnings.push(
      'Row security is on where it was, without policies: only the owner of a copy sees its rows.',
    );
  }
  return warnings;
}

/** @param schemas in which tables are made */
export async function publishedWarnings(session: Session, schemas: readonly string[]): Promise<string[]> {
  const wide = await readWidePublications(session, schemas);
  if (wide.length === 0) return [];
  return [
    `Publications that new tables belong to at once, with their rows; subscribers that lack these tables stop: ${wide.join(', ')}.`,
  ];
}
