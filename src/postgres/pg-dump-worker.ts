/**
 * The worker thread that runs pg_dump, compiled to WebAssembly. pg_dump reads from its server connection
 * synchronously, so this thread sleeps while the main thread, which holds the connection, fetches the answer.
 *
 * The package's pgDump() returns text only, with some lines removed. What we need is the archive as it is,
 * so we take hold of the Emscripten module inside: it looks up the optional setting `thisProgram` on its
 * options object, which lacks it, and so reads it from Object.prototype. This isolate runs nothing else.
 */
import { parentPort, receiveMessageOnPort, workerData, type MessagePort } from 'node:worker_threads';
import { pgDump } from '@electric-sql/pglite-tools/pg_dump';
import { requestCollector } from './pg-dump-protocol.ts';

export interface DumpWorkerData {
  args: string[];
  /** What the server says between the startup packet and the first query. */
  greeting: Uint8Array;
  /** Requests go out on it, one answer each comes in. */
  port: MessagePort;
  /** One Int32: counts the answers posted to `port`. */
  answers: SharedArrayBuffer;
}

export type DumpWorkerResult =
  | { archive: Uint8Array<ArrayBuffer> }
  | { archive: null; messages: string[]; problem: string };

interface EmscriptenModule {
  preRun?: unknown;
  printErr?: (line: string) => void;
  FS?: { readFile(path: string, options?: { encoding: 'utf8' | 'binary' }): Uint8Array | string };
}

const { args, greeting, port, answers } = workerData as DumpWorkerData;
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

const messages: string[] = [];
let module: EmscriptenModule | undefined;
let archive: Uint8Array<ArrayBuffer> | undefined;

// oxlint-disable-next-line no-extend-native -- the one way to the module; see above
Object.defineProperty(Object.prototype, 'thisProgram', {
  configurable: true,
  get(this: EmscriptenModule): string | undefined {
    return Object.hasOwn(this, 'preRun') ? takeHoldOf(this) : undefined;
  },
});

function takeHoldOf(found: EmscriptenModule): string {
  module = found;
  found.printErr = (line) => messages.push(line);
  return 'pg_dump';
}

/** The file system exists once the module runs, so this waits for the first call of pg_dump. */
function captureOutput(): void {
  const files = module?.FS;
  if (!files) throw new Error('the pg_dump module does not offer its file system');
  const readFile = files.readFile.bind(files);
  files.readFile = (path) => {
    archive = readFile(path, { encoding: 'binary' }) as Uint8Array<ArrayBuffer>;
    return '';
  };
}

const collect = requestCollector();
let captured = false;
const server = {
  execProtocolRawStream(bytes: Uint8Array, options: { onRawData(answer: Uint8Array): void }): void {
    if (!captured) captureOutput();
    captured = true;
    const step = collect(bytes);
    if (step.kind === 'refuse-encryption') options.onRawData(Uint8Array.of(0x4e));
    else if (step.kind === 'startup') options.onRawData(greeting);
    else if (step.kind === 'request') options.onRawData(exchange(step.bytes));
  },
  // pgDump() restores the search_path of an embedded database; ours is a connection about to be closed.
  query: async () => ({ rows: [{ search_path: '' }] }),
  exec: async () => [],
};

async function run(): Promise<DumpWorkerResult> {
  try {
    await pgDump({ pg: server as unknown as Parameters<typeof pgDump>[0]['pg'], args });
  } catch (error) {
    return { archive: null, messages, problem: error instanceof Error ? error.message : String(error) };
  }
  return archive ? { archive } : { archive: null, messages, problem: 'pg_dump wrote no archive' };
}

const result = await run();
parentPort?.postMessage(result, result.archive ? [result.archive.buffer] : []);
port.close();
