/**
 * The worker thread that runs pg_dump, compiled to WebAssembly. pg_dump reads from its server connection
 * synchronously, so this thread sleeps while the main thread, which holds the connection, fetches the answer.
 */
import { once } from 'node:events';
import { parentPort, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { dumpStarter } from './files.ts';
import { interceptDumpProgram } from './module.ts';
import { requestCollector } from './protocol.ts';

/** What the thread is sent once, to begin with. */
export interface DumpOrder {
  /** pg_dump, compiled: a WebAssembly.Module. */
  program: object;
  args: string[];
  /** What the server says between the startup packet and the first query. */
  greeting: Uint8Array;
  /** Requests go out on it, one answer each comes in. */
  port: MessagePort;
  /** One Int32: counts the answers posted to `port`. */
  answers: SharedArrayBuffer;
}

export type DumpResult =
  | { archive: Uint8Array<ArrayBuffer>; messages: readonly string[] }
  | { archive: null; messages: readonly string[]; problem: string };

/** What is used of the module that starts pg_dump. */
interface Starter {
  pgDump(options: { pg: typeof server; args: string[] }): Promise<unknown>;
}

// Loaded before there is an order, which this thread may have to wait for.
const { pgDump } = (await import(dumpStarter.href)) as Starter;
if (!parentPort) throw new Error('pg_dump runs in a thread of its own');
const [order] = (await once(parentPort, 'message')) as [DumpOrder];
const { program: compiled, args, greeting, port, answers } = order;
const answerCount = new Int32Array(answers);

function exchange(request: Uint8Array<ArrayBuffer>): Uint8Array {
  const before = Atomics.load(answerCount, 0);
  port.postMessage(request, [request.buffer]);
  for (;;) {
    const received = receiveMessageOnPort(port);
    if (received) return received.message;
    Atomics.wait(answerCount, 0, before);
  }
}

const collect = requestCollector();

/** As much of the embedded database that pgDump() expects as it uses. */
const server = {
  execProtocolRawStream(bytes: Uint8Array, options: { onRawData(answer: Uint8Array): void }): void {
    const step = collect(bytes);
    if (step.kind === 'refuse-encryption') options.onRawData(Uint8Array.of(0x4e));
    else if (step.kind === 'startup') options.onRawData(greeting);
    else if (step.kind === 'request') options.onRawData(exchange(step.bytes));
  },
  // It puts back the search_path; ours is a connection about to be closed.
  query: async () => ({ rows: [{ search_path: '' }] }),
  exec: async () => [],
};

async function run(): Promise<DumpResult> {
  const program = interceptDumpProgram(compiled);
  try {
    await pgDump({ pg: server, args });
    return { archive: program.output(), messages: program.messages };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { archive: null, messages: program.messages, problem };
  }
}

const result = await run();
parentPort.postMessage(result, result.archive ? [result.archive.buffer] : []);
port.close();
