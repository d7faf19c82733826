import type { SystemEvent } from '../contract/shapes.ts';
import { ApiError } from './error.ts';
import type { Transport } from './transport.ts';

export interface EventListener {
  onEvent(event: SystemEvent): void;
  /** Whether events arrive. While they do not, changes are seen only by asking. */
  onConnection?(connected: boolean): void;
}

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

/**
 * Follows the server's events until the signal is aborted, and reconnects when the connection breaks. Uses fetch instead of
 * EventSource, which cannot send a token and does not say why it failed. Ends at a server without events.
 */
export async function followEvents(
  transport: Transport,
  { onEvent, onConnection }: EventListener,
  signal: AbortSignal,
): Promise<void> {
  let pauseMs = firstPauseMs;
  // Where to continue after a broken connection.
  let after: number | undefined;
  while (!signal.aborted) {
    try {
      const response = await transport.open('GET', '/events', { signal, query: { after } });
      onConnection?.(true);
      pauseMs = firstPauseMs;
      const noted = (event: SystemEvent): void => {
        if ('eventId' in event) after = event.eventId;
        onEvent(event);
      };
      await readEvents(response, noted, signal);
    } catch (error) {
      // The server has no events, or not for us: another attempt changes nothing.
      if (error instanceof ApiError && [401, 403, 404, 405].includes(error.status)) break;
    }
    onConnection?.(false);
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
  onConnection?.(false);
}

/** Ends with the stream or the signal: not every `fetch` ends a body that is being read when its signal is aborted. */
async function readEvents(
  response: Response,
  onEvent: (event: SystemEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const stop = (): void => void reader?.cancel().catch(() => {});
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    let text = '';
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      text += next.value.replaceAll('\r\n', '\n');
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event) onEvent(event);
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** One event of a stream; undefined for a comment, which only keeps the connection open. */
export function parseEvent(block: string): SystemEvent | undefined {
  let type = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith('event:')) type = line.slice(6).trim();
    if (line.startsWith('data:')) data.push(line.slice(5).trimStart());
  }
  if (data.length === 0) return undefined;
  try {
    const value: unknown = JSON.parse(data.join('\n'));
    return typeof value === 'object' && value !== null ? ({ ...value, type } as SystemEvent) : undefined;
  } catch {
    return undefined;
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
