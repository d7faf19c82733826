import { HoldfastError } from '../../base/errors.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { disableTriggers, readTriggers, restoreTriggers } from '../../postgres/inspect/triggers.ts';

/**
 * Switches the triggers of these tables off until `resume`, which puts each back exactly as it was found.
 * @param oids with all their ancestors; locked by this transaction
 */
export async function suspendTriggers(
  session: Session,
  oids: readonly number[],
): Promise<{ found: number; resume(): Promise<void> }> {
  const triggers = await readTriggers(session, oids);
  for (const statement of disableTriggers(triggers)) await session.execute(statement);
  return {
    found: triggers.length,
    async resume() {
      // Changing a parent's trigger changes its copies: repeated until every trigger is as it was.
      for (let round = 0; round < 2; round++) {
        const statements = restoreTriggers(triggers, await readTriggers(session, oids));
        for (const statement of statements) await session.execute(statement);
      }
      const left = restoreTriggers(triggers, await readTriggers(session, oids));
      if (left.length > 0) {
        throw new HoldfastError('PROOF_FAILED', 'Triggers could not be put back as they were found.', {
          details: { statements: left },
        });
      }
    },
  };
}
