import { HoldfastError } from '../base/errors.ts';

/** At most so much is passed on at once, so that a slow reader is seen to read. */
const pieceBytes = 256 * 1024;

export interface Ending {
  /** The stream fails when its reader takes nothing for this time. */
  idleMs: number;
  /** The stream fails with its reason. */
  signal: AbortSignal;
  /** Called once, however the stream ends; with the error it failed with. */
  onEnd: (error?: unknown) => Promise<void>;
}

/**
 * Passes a stream on that holds something until it ends, and sees to it that it does. Reads nothing before it is asked for.
 * @param open its signal is aborted when nothing more is wanted
 */
export function endingStream(
  open: (signal: AbortSignal) => ReadableStream<Uint8Array>,
  { idleMs, signal, onEnd }: Ending,
): ReadableStream<Uint8Array> {
  const ended = new AbortController();
  const reader = open(AbortSignal.any([ended.signal, signal])).getReader();
  let idle: NodeJS.Timeout | undefined;
  let rest: Uint8Array = new Uint8Array();
  const waitForReader = (fail: (error: unknown) => void): void => {
    idle = setTimeout(() => fail(stalled(idleMs)), idleMs).unref();
  };
  const end = async (error?: unknown): Promise<void> => {
    clearTimeout(idle);
    ended.abort(error);
    await reader.cancel(error).catch(() => {});
    await onEnd(error);
  };
  let fail: (error: unknown) => void;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        // The reader may have stopped reading without a word.
        fail = (error) => {
          controller.error(error);
          void end(error);
        };
        const onAbort = (): void => fail(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true, signal: ended.signal });
        if (signal.aborted) return onAbort();
        waitForReader(fail);
      },
      async pull(controller) {
        // Time that the source takes is not the reader's.
        clearTimeout(idle);
        try {
          while (rest.length === 0) {
            const { done, value } = await reader.read();
            if (ended.signal.aborted) return;
            if (done) {
              await end();
              return controller.close();
            }
            rest = value;
          }
          controller.enqueue(rest.subarray(0, pieceBytes));
          rest = rest.subarray(pieceBytes);
          waitForReader(fail);
        } catch (error) {
          if (ended.signal.aborted) return;
          await end(error);
          controller.error(error);
        }
      },
      cancel: end,
    },
    // The source reads ahead as far as it sees fit.
    { highWaterMark: 0 },
  );
}

function stalled(idleMs: number): HoldfastError {
  return new HoldfastError('DOWNLOAD_STALLED', `The client read nothing for ${idleMs / 1_000} seconds.`);
}
