import { HoldfastError } from '../../base/errors.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { Answer } from '../../postgres/answer.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { sqlState } from '../../postgres/failure.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { Session } from '../../postgres/wire/session.ts';
import type { LeftOutDefinition } from './definitions.ts';
import { lockedRelations, namedInFunctions, type NamedRelation } from './named.ts';
import { mayRunText } from './plan-tells-all.ts';
import { ReadTally, type ReadForAnswer } from './read-tally.ts';
import { restrictionsOf, type Restrictions } from './restrictions.ts';
import type { Filling, Lacking, RowsHere } from './rows-here.ts';
import { attempt, type Planned, type Question, type Warden } from './statement.ts';
import { mayLackRows, statementFailure } from './statement-failure.ts';

/** What a statement is asked of. */
export interface Asked {
  manifest: Manifest;
  rows: RowsHere;
  leftOut: readonly LeftOutDefinition[];
  warden: Warden & { filler: ConnectionTarget };
  /** Whether `planTellsAll`. */
  byPlan: boolean;
  /** How the database sorts otherwise than the source; null if it does not. */
  otherLocale: string | null;
  filling: Omit<Filling, 'tally'>;
}

export interface ScratchAnswer extends Answer {
  /** How it may differ from what the database would have said; sentences. */
  notes: string[];
  read: ReadForAnswer;
}

/** Also where a function of the backup is called by the one who may call none. */
const insufficientPrivilege = '42501';

/** Fetches what a statement names, until it has read nothing that is not there. */
export async function ask(question: Question, asked: Asked): Promise<ScratchAnswer> {
  const { manifest, rows, warden, otherLocale } = asked;
  const tally = new ReadTally();
  const filling: Filling = { ...asked.filling, tally };
  const { signal } = filling;
  const lookout = await Session.open(warden.filler, { applicationName: 'holdfast query' }, signal);
  let named: NamedRelation[] = [];
  /** Until it turns out that it calls a function of the backup, only what its plan reads is fetched. */
  let isPlain = asked.byPlan && !mayRunText(question.sql);
  let restrictions: Restrictions | undefined;
  const lacking = async (pid: number, planned: Planned): Promise<Lacking[]> => {
    named = await lockedRelations(lookout, pid);
    const all = rows.lackingOf(named);
    if (!isPlain || all.length === 0) return all;
    if (!restrictions) {
      const plan = await planned();
      if (!plan) return all;
      restrictions = restrictionsOf(plan, manifest);
    }
    return rows.lackingOf(named, restrictions);
  };
  let isEmptied = false;
  /** Earlier questions may have filled it: then all is fetched that this one needs, and nothing else. */
  const makeRoom = async (error: unknown): Promise<boolean> => {
    if (!isTooLarge(error)) throw error;
    if (isEmptied) return false;
    isEmptied = true;
    return rows.empty(signal);
  };
  let isDoubted = false;
  try {
    // Each time round at least one more range is there.
    for (;;) {
      let outcome: Awaited<ReturnType<typeof attempt<Lacking>>>;
      try {
        const reader = isPlain ? warden.plainReader : warden.reader;
        outcome = await attempt(question, { ...warden, reader }, lacking, signal);
      } catch (error) {
        if (isPlain && sqlState(error) === insufficientPrivilege) {
          isPlain = false;
          continue;
        }
        const maybe =
          isPlain || isDoubted || !mayLackRows(error) ? [] : await namedInFunctions(lookout, rows.lacking);
        if (maybe.length === 0) throw statementFailure(error, question, asked);
        isDoubted = true;
        await rows.load(maybe, filling).catch(async (tooLarge: unknown) => {
          if (!(await makeRoom(tooLarge))) throw statementFailure(error, question, asked);
          isDoubted = false;
        });
        continue;
      }
      if ('answer' in outcome) {
        return { ...outcome.answer, notes: notesOn(named, otherLocale), read: tally.total };
      }
      await rows.fetch(outcome.lacking, filling).catch(async (error: unknown) => {
        if (!(await makeRoom(error))) throw error;
      });
    }
  } finally {
    await lookout.close();
  }
}

function notesOn(named: readonly NamedRelation[], otherLocale: string | null): string[] {
  const views = named.filter(({ kind }) => kind === 'm').map(displayName);
  return [
    ...(otherLocale === null ? [] : [otherLocale]),
    ...views.map(
      (view) => `${view} was refreshed from the rows of the backup: in the database it may have been older.`,
    ),
  ];
}

function isTooLarge(error: unknown): boolean {
  return error instanceof HoldfastError && error.code === 'QUERY_TOO_LARGE';
}
