import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import type { RestoreRequest } from '../requests.ts';
import type { LiveSchema } from './live-schema.ts';
import type { Refusal } from './refusals.ts';

/** What a plan is made from. */
export interface PlanInput {
  /** The live database. A new one is made on its server. */
  live: ConnectionTarget;
  manifest: Manifest;
  request: RestoreRequest;
  /** Data of the backup that is known to be missing or damaged, and that this restore needs. */
  lacking?: Refusal | undefined;
  /** What is known of the live schema from earlier plans; read anew without it. */
  liveSchema?: LiveSchema;
  signal?: AbortSignal;
}
