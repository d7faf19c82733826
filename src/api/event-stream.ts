import type { BackupApi, SystemEvent } from './contract.ts';

const keepAliveMs = 15_000;
/** A stream is ended after so long, so that whoever reads it shows again that he is an admin. */
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
  // From here on nothing is missed; and what goes wrong until here is an answer of its own.
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
        // Not for one who does not read.
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
