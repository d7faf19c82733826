/*
 * integrations/ owns mounting a system in node:http and frameworks on top of it. It never looks into a request beyond
 * what is needed to pass it on.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { addressOfRequest } from '../api/auth/where-from.ts';
import type { BackupSystem } from '../api/contract.ts';
import { sentAsItIs } from '../api/page/sent-as-it-is.ts';

/** What frameworks add: the address before a router took its mount point off, and what a body parser such as express.json() read. */
type Incoming = (IncomingMessage | Http2ServerRequest) & { originalUrl?: string; body?: unknown };
type Outgoing = ServerResponse | Http2ServerResponse;

/** INTERNAL_ERROR of HTTP/2. */
const internalError = 2;

/**
 * Mounts a system under node:http, Express, Fastify, Nest, Nuxt and other frameworks that have Node's `(req, res)`.
 * Frameworks with Request and Response call `system.fetch` themselves.
 * @returns never rejects: it answers every request, or ends its connection
 */
export function toNodeHandler(
  system: Pick<BackupSystem, 'fetch'>,
): (request: Incoming, response: Outgoing) => Promise<void> {
  return async (incoming, response) => {
    // What we use of the two is the same.
    const outgoing = response as ServerResponse;
    const gone = new AbortController();
    // It may have gone while the application was busy with the request.
    if (outgoing.destroyed) gone.abort();
    outgoing.once('close', () => gone.abort());
    // A write that comes too late for a client that is gone would otherwise end the process.
    outgoing.on('error', () => {});
    let request: Request;
    try {
      request = toRequest(incoming, gone.signal);
    } catch {
      // A method such as TRACE, which no Request can carry.
      outgoing.writeHead(400).end();
      return;
    }
    const answer = await system.fetch(request);
    // A timeout of the application has answered instead of us.
    if (outgoing.headersSent) return await answer.body?.cancel();
    writeHead(answer, outgoing);
    await send(answer.body, outgoing, gone.signal);
  };
}

function toRequest(incoming: Incoming, signal: AbortSignal): Request {
  const method = incoming.method ?? 'GET';
  const headers = new Headers();
  const { rawHeaders } = incoming;
  for (let place = 0; place < rawHeaders.length; place += 2) {
    const name = rawHeaders[place]!;
    // HTTP/2 has the method and the like among them.
    if (!name.startsWith(':')) headers.append(name, rawHeaders[place + 1]!);
  }
  const { ':authority': authority } = incoming.headers;
  if (typeof authority === 'string') headers.set('host', authority);
  // Express takes the mount point off `url`.
  const target = incoming.originalUrl ?? incoming.url ?? '/';
  const url = new URL('encrypted' in incoming.socket ? 'https://localhost' : 'http://localhost');
  url.host = headers.get('host') ?? url.host;
  // Set apart from the host, which a path that begins with two slashes would otherwise replace.
  const path = target.split('?', 1)[0]!;
  url.pathname = path;
  url.search = target.slice(path.length);
  const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(incoming);
  const request = new Request(url, { method, headers, body, signal, duplex: 'half' });
  return Object.assign(request, { [addressOfRequest]: incoming.socket.remoteAddress, [sentAsItIs]: true });
}

function bodyOf(incoming: Incoming): ReadableStream<Uint8Array> | string | Uint8Array<ArrayBuffer> | null {
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
  // A parser leaves an empty object where there was none. HTTP/2 announces a body by not ending the stream.
  const announced = 'stream' in incoming ? !incoming.stream.endAfterHeaders : encoding !== undefined;
  if (!announced && Number(length ?? 0) === 0) return null;
  if (incoming.readableDidRead) {
    const { body } = incoming;
    if (typeof body === 'string') return body;
    if (body instanceof Uint8Array) return Uint8Array.from(body);
    // Without any, what was announced is missing, and the request will be refused.
    return body === undefined ? null : JSON.stringify(body);
  }
  // Giving up on a body must not close the connection, or the answer that says why would never arrive.
  return ReadableStream.from(incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>);
}

/** One by one, so that what middleware has set stays, and so that middleware sees what we set. */
function writeHead({ status, headers }: Response, outgoing: ServerResponse): void {
  for (const [name, value] of headers) {
    // The application may have cookies of its own in the same answer.
    if (name === 'set-cookie') outgoing.appendHeader(name, value);
    else outgoing.setHeader(name, value);
  }
  outgoing.writeHead(status);
}

/** Waits for a slow client, and stops reading when it goes away. */
async function send(
  body: ReadableStream<Uint8Array> | null,
  outgoing: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  const reader = body?.getReader();
  // The stream may fail while a slow client is waited for.
  const failed = new AbortController();
  reader?.closed.catch((error: unknown) => failed.abort(error));
  const over = AbortSignal.any([gone, failed.signal]);
  try {
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
      gone.throwIfAborted();
      if (!outgoing.write(next.value)) await once(outgoing, 'drain', { signal: over });
    }
    outgoing.end();
  } catch (error) {
    reset(outgoing);
    await reader?.cancel(error).catch(() => {});
  }
}

/** Not an end: to a client of HTTP/1.0, as many a proxy is, a closed connection is a complete answer. */
function reset(outgoing: Outgoing): void {
  if ('stream' in outgoing) outgoing.stream.close(internalError);
  else outgoing.socket?.resetAndDestroy();
}

/**
 * Serves a system over node:http.
 * @returns the server, listening
 */
export async function listen(
  system: Pick<BackupSystem, 'fetch'>,
  address: { port: number; host: string },
): Promise<Server> {
  const handler = toNodeHandler(system);
  const server = createServer((request, response) => void handler(request, response));
  server.listen(address.port, address.host);
  await once(server, 'listening');
  return server;
}
