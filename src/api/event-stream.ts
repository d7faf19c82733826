import type { BackupApi, SystemEvent } from './contract.ts';

const keepAliveMs = 15_000;
/** A stream ends after this time, so that its reader has to authenticate again. */
const longestMs = 30 * 60_000;

const encoder = new TextEncoder();

/**
 * Events in the format of the HTML Standard, "Server-sent events".
 * @param signal ends the stream
 * @param after an eventId: begins with what came after it
 */
export async function eventStream(
  api: Pick<BackupApi, 'events'>,
  signal: AbortSignal,
  after: number | undefined,
): Promise<ReadableStream<Uint8Array>> {
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal, AbortSignal.timeout(longestMs)]);
  // From here on no event is missed. An error up to here is the answer to the request.
  const events = await api.events({ signal: until, ...(after === undefined ? {} : { after }) });
  let keepingAlive: NodeJS.Timeout;
  const end = (): void => {
    clearInterval(keepingAlive);
    ended.abort();
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode('retry: 2000\n\n'));
      keepingAlive = setInterval(() => {
        // Only while the reader reads.
        if ((controller.desiredSize ?? 0) > -10) controller.enqueue(encoder.encode(': still there\n\n'));
      }, keepAliveMs);
      keepingAlive.unref();
    },
    async pull(controller) {
      const { value, done } = await events.next();
      if (!done) return controller.enqueue(encoder.encode(asText(value)));
      end();
      controller.close();
    },
    cancel: end,
  });
}

function asText(event: SystemEvent): string {
  const id = 'eventId' in event ? `id: ${event.eventId}\n` : '';
  // JSON has no line breaks of its own.
  return `${id}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
