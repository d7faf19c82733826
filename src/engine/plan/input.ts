import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import type { DatabaseIdentity } from '../../postgres/database-identity.ts';
import type { RestoreRequest } from '../requests.ts';
import type { LiveSchema } from './live-schema.ts';
import type { Refusal } from './refusals.ts';

/** What a plan is made from. */
export interface PlanInput {
  /** The live database, or one of another server. A new one is made on its server. */
  live: ConnectionTarget;
  /** For a restore onto another server: the live database, where there is one. */
  installation?: DatabaseIdentity | undefined;
  manifest: Manifest;
  request: RestoreRequest;
  /** Data of the backup that is known to be missing or damaged, and that this restore needs. */
  lacking?: Refusal | undefined;
  /** What is known of the live schema from earlier plans; read anew without it. */
  liveSchema?: LiveSchema;
  signal?: AbortSignal;
}
