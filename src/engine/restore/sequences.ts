import type { ManifestSequence } from '../../format/manifest.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import { readPositions, setvalCall, type SequencePosition } from '../../postgres/inspect/sequences.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { RestoreScope } from '../entries/scope.ts';

const sequencesPerStatement = 500;

/** Sets the sequences of a new database as the backup has them. */
export function setNewSequences(session: Session, sequences: readonly ManifestSequence[]): Promise<void> {
  return inBatches(session, sequences, (batch) => `select ${batch.map(setvalCall).join(', ')}`);
}

/**
 * Sets live sequences as the backup has them, inside the caller's transaction. setval() is not undone by a rollback, but
 * it writes to the sequence's current file: ALTER SEQUENCE … RESTART, which is transactional, gives it a new file first,
 * and a rollback brings the old one back untouched.
 * @returns those that were set
 */
export async function setLiveSequences(session: Session, scope: RestoreScope): Promise<ManifestSequence[]> {
  const live = await liveSequences(session, scope.sequences);
  const shared = live.filter(({ sequence }) => scope.sharedSequences.has(sequence));
  const positions = await readPositions(session, shared);
  // Rows that stay may be newer than the backup: their numbers must not be given out again.
  const ahead = new Set(shared.filter((each) => isAhead(each, positions.get(each)!)));
  const set = live.filter((each) => !ahead.has(each)).map(({ sequence }) => sequence);
  await inBatches(session, set, (batch) =>
    batch
      .map((sequence) => `alter sequence ${quoteName(sequence)} restart; select ${setvalCall(sequence)}`)
      .join('; '),
  );
  return set;
}

interface LiveSequence {
  sequence: ManifestSequence;
  oid: string;
  schema: string;
  name: string;
  increment: string;
}

/** The sequences that exist in the database. */
async function liveSequences(
  session: Session,
  sequences: readonly ManifestSequence[],
): Promise<LiveSequence[]> {
  const rows = await session.query<{ place: number; oid: string; increment: string }>(
    `select o.place::pg_catalog.int4 as place, s.seqrelid::pg_catalog.int8 as oid, s.seqincrement::pg_catalog.text as increment
     from pg_catalog.unnest($1::pg_catalog.text[]) with ordinality o(name, place)
       join pg_catalog.pg_sequence s on s.seqrelid = pg_catalog.to_regclass(o.name)
     order by o.place`,
    [sequences.map(quoteName)],
  );
  return rows.map(({ place, oid, increment }) => {
    const sequence = sequences[place - 1]!;
    return { sequence, oid, schema: sequence.schema, name: sequence.name, increment };
  });
}

/** Whether the live sequence is where the backup's is, or further on. */
function isAhead({ sequence, increment }: LiveSequence, live: SequencePosition): boolean {
  const ahead = BigInt(live.last) - BigInt(sequence.lastValue);
  if (ahead === 0n) return live.called || !sequence.isCalled;
  return ahead > 0n === BigInt(increment) > 0n;
}

async function inBatches(
  session: Session,
  sequences: readonly ManifestSequence[],
  statement: (batch: readonly ManifestSequence[]) => string,
): Promise<void> {
  for (let at = 0; at < sequences.length; at += sequencesPerStatement) {
    await session.execute(statement(sequences.slice(at, at + sequencesPerStatement)));
  }
}
