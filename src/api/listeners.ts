import { redact } from '../base/redaction.ts';
import type { ApiContext } from './context.ts';
import type { BackupApi, SystemEvent } from './contract.ts';
import { presentEvent } from './present-event.ts';

/** `system.api.on`. Not an operation: it answers at once and does not query the database. */
export function listenTo({ jobs, config }: ApiContext): BackupApi['on'] {
  return (type, listener) =>
    jobs.events.listen((event) => {
      if (event.type !== type && type !== '*') return;
      try {
        (listener as (event: SystemEvent) => void)(presentEvent(event));
      } catch (error) {
        // One listener must not be able to disturb the others.
        config.logger.log('error', `a listener of ${type} failed: ${redact(String(error))}`);
      }
    });
}
