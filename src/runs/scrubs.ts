import { redact } from '../base/redaction.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';

/** How often a process looks whether a scrub is due. */
const lookEveryMs = 600_000;
/** After that failed: a standby, say, lets nothing be written. */
const againAfterMs = 3_600_000;

/** Orders the scrub of each day of each store that has backups. */
export interface DueScrubs {
  /** Never fails. @returns whether one was ordered */
  order(): Promise<boolean>;
}

export function dueScrubs({ catalog, logger, settings, stores }: RunContext): DueScrubs {
  let notBefore = -Infinity;
  return {
    async order() {
      const { scrubDays } = settings;
      if (scrubDays === 0 || performance.now() < notBefore) return false;
      try {
        const ordered = await catalog.scrubs.orderDue(stores.names, 1 / scrubDays);
        notBefore = performance.now() + lookEveryMs;
        return ordered.length > 0;
      } catch (error) {
        notBefore = performance.now() + againAfterMs;
        const failure = databaseFailure(error);
        if (failure.code !== 'STANDBY') {
          logger.log('warn', `no scrub could be ordered: ${redact(failure.message)}`, { code: failure.code });
        }
        return false;
      }
    },
  };
}
