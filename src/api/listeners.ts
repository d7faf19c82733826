import { redact } from '../base/redaction.ts';
import type { ApiContext } from './context.ts';
import type { BackupApi, SystemEvent } from './contract.ts';
import { presentEvent } from './present-event.ts';

/** `system.api.on`: not an operation, because it answers at once and asks nothing of the database itself. */
export function listenTo({ jobs, config }: ApiContext): BackupApi['on'] {
  return (type, listener) =>
    jobs.events.listen((event) => {
      if (event.type !== type && type !== '*') return;
      try {
        (listener as (event: SystemEvent) => void)(presentEvent(event));
      } catch (error) {
        // Whoever listens must not be able to disturb the others.
        config.logger.log('error', `a listener of ${type} failed: ${redact(String(error))}`);
      }
    });
}
