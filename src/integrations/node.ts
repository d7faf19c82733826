/*
 * integrations/ owns mounting a system in node:http and frameworks on top of it. It never looks into a request beyond
 * what is needed to pass it on.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { addressOfRequest } from '../api/auth/where-from.ts';
import type { BackupSystem } from '../api/contract.ts';

/** `body` is what a parser that ran before us, such as express.json(), leaves on the request. */
type Incoming = IncomingMessage & { originalUrl?: string; body?: unknown };

/** Mounts a system under node:http, Express, Connect and other frameworks with `(req, res)`. */
export function toNodeHandler(
  system: Pick<BackupSystem, 'fetch'>,
): (request: Incoming, response: ServerResponse) => Promise<void> {
  return async (incoming, outgoing) => {
    const gone = new AbortController();
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
    const response = await system.fetch(request);
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    await send(response.body, outgoing, gone.signal);
  };
}

function toRequest(incoming: Incoming, signal: AbortSignal): Request {
  const method = incoming.method ?? 'GET';
  const headers = new Headers();
  for (const [name, values] of Object.entries(incoming.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
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
  return Object.assign(request, { [addressOfRequest]: incoming.socket.remoteAddress });
}

function bodyOf(incoming: Incoming): ReadableStream<Uint8Array> | string | Uint8Array<ArrayBuffer> | null {
  const { 'content-length': length, 'transfer-encoding': encoding } = incoming.headers;
  // A parser leaves an empty object where there was none.
  if (encoding === undefined && Number(length ?? 0) === 0) return null;
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
    // A reset, not an end: to a client of HTTP/1.0, as many a proxy is, a closed connection is a complete answer.
    outgoing.socket?.resetAndDestroy();
    await reader?.cancel(error).catch(() => {});
  }
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
