import { HoldfastError } from '../base/errors.ts';

/** A connection that can say which server process answers it. */
export interface ProbedConnection {
  backendPid(): Promise<number>;
}

/** So often each of the two is asked. */
const rounds = 3;

/**
 * Whether a pooler gives the same server process to several of our connections, or one of ours to several processes.
 * PgBouncer does in the modes transaction and statement; then locks, settings and transactions of ours are everybody's.
 * In session mode each connection keeps its own.
 */
export async function sharesBackends(one: ProbedConnection, other: ProbedConnection): Promise<boolean> {
  const ofOne = new Set<number>();
  const ofOther = new Set<number>();
  for (let round = 0; round < rounds; round++) {
    // The first twice in a row, or a pooler that takes its server connections in turn could give each its own for ever.
    ofOne.add(await one.backendPid());
    ofOne.add(await one.backendPid());
    ofOther.add(await other.backendPid());
    if (ofOne.size > 1 || ofOther.size > 1 || [...ofOne].some((pid) => ofOther.has(pid))) return true;
  }
  return false;
}

export function poolerNotSupported(where: string): HoldfastError {
  return new HoldfastError(
    'POOLER_NOT_SUPPORTED',
    `At ${where} is a connection pooler that shares server connections between its clients (PgBouncer's pool_mode transaction or statement, for example). Locks would not hold, and our settings would reach the application.`,
  );
}
