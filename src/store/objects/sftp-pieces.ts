/** Of one file, which are sent or asked for before the first is answered. */
const piecesAtOnce = 32;
/** What every server takes in one request. */
const pieceBytes = 30 * 1024;

/**
 * Runs `work` for pieces of a file, some at once. Settles when none is under way any more: a handle that is closed too early may
 * be another file's by the time a late piece arrives.
 */
export async function inPieces(
  start: number,
  end: number,
  signal: AbortSignal,
  work: (at: number, length: number) => Promise<void>,
): Promise<void> {
  let next = start;
  let failure: { error: unknown } | undefined;
  const run = async (): Promise<void> => {
    try {
      while (next < end && failure === undefined) {
        signal.throwIfAborted();
        const at = next;
        next += pieceBytes;
        await work(at, Math.min(pieceBytes, end - at));
      }
    } catch (error) {
      failure ??= { error };
    }
  };
  await Promise.all(Array.from({ length: piecesAtOnce }, run));
  if (failure) throw failure.error;
}
