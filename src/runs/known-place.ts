import { redact } from '../base/redaction.ts';
import type { KnownPlace } from '../engine/requests.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';

/** What is known of ranges makes a backup fast, and one without it is as good: its place need not work. */
export function knownPlace({ catalog, logger }: RunContext, store: string): KnownPlace {
  const place = catalog.knownRanges.of(store);
  const tolerantly = async <T>(what: string, work: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      const reason = redact(databaseFailure(error).message);
      logger.log('warn', `what is known of ranges could not be ${what}, so more is read: ${reason}`);
      return otherwise;
    }
  };
  return {
    load: () => tolerantly('read', place.load(), []),
    save: (pieces) => tolerantly('kept', place.save(pieces), undefined),
    loadMaps: (ranges) => tolerantly('read', place.loadMaps(ranges), []),
    saveMaps: (maps) => tolerantly('kept', place.saveMaps(maps), undefined),
    keepOnly: (tables) => tolerantly('kept', place.keepOnly(tables), undefined),
  };
}
