import type { Endpoint } from './endpoint.ts';
import type { Operation, OperationName } from './operation.ts';
import * as backups from './operations/backups.ts';
import * as cleanups from './operations/cleanups.ts';
import * as events from './operations/events.ts';
import * as openapi from './operations/openapi.ts';
import * as restores from './operations/restores.ts';
import * as schedules from './operations/schedules.ts';
import * as session from './operations/session.ts';
import * as system from './operations/system.ts';
import * as tables from './operations/tables.ts';
import * as verifications from './operations/verifications.ts';

/** What a file of `operations/` exports is an operation. */
const all = {
  ...system,
  ...backups,
  ...tables,
  ...schedules,
  ...cleanups,
  ...restores,
  ...verifications,
  ...events,
};

type Missing = Exclude<OperationName, (typeof all)[keyof typeof all]['name']>;
/** A method of BackupApi without an operation does not compile. */
const complete: Missing extends never ? true : Missing = true;

export const operations: readonly Operation[] = complete ? Object.values(all) : [];

/** Everything the HTTP API answers: the operations, and what has no method on `system.api`. */
export const endpoints: readonly Endpoint[] = [
  ...Object.values(session),
  ...operations.flatMap((each) => each.endpoints),
  ...Object.values(openapi),
];
