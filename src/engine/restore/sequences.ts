import type { ManifestSequence } from '../../format/manifest.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import { setvalCall } from '../../postgres/inspect/sequences.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { RestoreScope } from '../entries/scope.ts';

/**
 * Sets live sequences as the backup has them. setval() is not undone by a rollback, but it writes to the
 * sequence's current file: ALTER SEQUENCE … RESTART, which is transactional, gives it a new file first, and a
 * rollback brings the old one back untouched.
 * @returns how many were set
 */
export async function setSequences(session: Session, scope: RestoreScope): Promise<number> {
  let done = 0;
  for (const sequence of scope.sequences) {
    const [exists] = await session.query<{ found: string | null }>(
      `select pg_catalog.to_regclass($1)::pg_catalog.text as found`,
      [quoteName(sequence)],
    );
    if (!exists?.found) continue;
    // Rows that stay may be newer than the backup: their numbers must not be given out again.
    if (scope.sharedSequences.has(sequence) && (await isAhead(session, sequence))) continue;
    await session.execute(`alter sequence ${quoteName(sequence)} restart; select ${setvalCall(sequence)}`);
    done++;
  }
  return done;
}

/** Whether the live sequence stands where the backup's does, or further on. */
async function isAhead(session: Session, sequence: ManifestSequence): Promise<boolean> {
  const name = quoteName(sequence);
  const [live] = await session.query<{ position: string; called: boolean; increment: string }>(
    `select s.last_value::pg_catalog.text as position, s.is_called as called, p.seqincrement::pg_catalog.text as increment
     from ${name} s, pg_catalog.pg_sequence p where p.seqrelid = $1::pg_catalog.regclass`,
    [name],
  );
  if (!live) return false;
  const ahead = BigInt(live.position) - BigInt(sequence.lastValue);
  if (ahead === 0n) return live.called || !sequence.isCalled;
  return ahead > 0n === BigInt(live.increment) > 0n;
}
