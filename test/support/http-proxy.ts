import http from 'node:http';
import net from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

/** What happens to one request. Without any of it, the request and its answer pass as they are. */
export interface Disturbance {
  /** It is answered here, with this status, and never arrives. */
  status?: number;
  body?: string;
  headers?: Record<string, string>;
  /** It is never answered. */
  silent?: boolean;
  /** The connection is reset before it is sent. */
  reset?: boolean;
  /** One bit of what is sent arrives otherwise. */
  flip?: boolean;
  /** It is done, and the connection is reset before its answer. */
  resetAfter?: boolean;
  /** The connection ends after so many bytes of the answer. */
  cutAnswerAt?: number;
  /** The answer has so many bytes, and says so. */
  shortenAnswerTo?: number;
  /** The answer stops after so many bytes, and the connection stays. */
  stallAnswerAt?: number;
  /** A header that the answer loses. */
  withoutHeader?: string;
  /** Pause between small pieces of the answer. */
  slowMs?: number;
}

export interface HttpProxy {
  endpoint: string;
  /** Requests so far: `PUT /bucket/name`. */
  readonly requests: string[];
  /** For each request from now on; `n` counts from 1. */
  disturb(rule: (request: http.IncomingMessage, n: number) => Disturbance | undefined): void;
}

/** An HTTP proxy in front of a server of loopback; closed after the test. */
export async function startHttpProxy(t: TestContext, behind: string): Promise<HttpProxy> {
  const target = new URL(behind);
  const sockets = new Set<net.Socket>();
  let requests: string[] = [];
  let rule: (request: http.IncomingMessage, n: number) => Disturbance | undefined = () => undefined;

  const serve = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    requests.push(`${request.method} ${request.url?.split('?')[0]}`);
    const what = rule(request, requests.length) ?? {};
    if (what.silent) return;
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (what.reset) return void request.socket.resetAndDestroy();
    if (what.status !== undefined) {
      response.writeHead(what.status, { 'content-type': 'application/xml', ...what.headers });
      response.end(request.method === 'HEAD' ? undefined : (what.body ?? ''));
      return;
    }
    const sent = Buffer.concat(pieces);
    if (what.flip && sent.length > 0) sent[sent.length >> 1]! ^= 1;
    const { answer, body } = await forward(request, sent);
    if (what.resetAfter) return void request.socket.resetAndDestroy();
    const headers = { ...answer.headers };
    if (what.withoutHeader !== undefined) delete headers[what.withoutHeader];
    let given = body;
    if (what.shortenAnswerTo !== undefined) {
      given = body.subarray(0, what.shortenAnswerTo);
      headers['content-length'] = String(given.length);
    }
    response.writeHead(answer.statusCode ?? 502, headers);
    if (what.cutAnswerAt !== undefined || what.stallAnswerAt !== undefined) {
      response.write(given.subarray(0, what.cutAnswerAt ?? what.stallAnswerAt));
      if (what.cutAnswerAt !== undefined) setImmediate(() => request.socket.destroy());
      return;
    }
    if (what.slowMs !== undefined) {
      for (let at = 0; at < given.length; at += 16_384) {
        response.write(given.subarray(at, at + 16_384));
        await pause(what.slowMs);
      }
      return void response.end();
    }
    response.end(given);
  };

  const forward = (request: http.IncomingMessage, sent: Buffer) =>
    new Promise<{ answer: http.IncomingMessage; body: Buffer }>((resolve, reject) => {
      const { method, url, rawHeaders } = request;
      const onward = http.request({
        host: target.hostname,
        port: target.port,
        method,
        path: url,
        agent: false,
      });
      for (let i = 0; i < rawHeaders.length; i += 2) onward.setHeader(rawHeaders[i]!, rawHeaders[i + 1]!);
      onward.on('error', reject);
      onward.on('response', (answer) => {
        const pieces: Buffer[] = [];
        answer.on('data', (piece: Buffer) => pieces.push(piece));
        answer.on('end', () => resolve({ answer, body: Buffer.concat(pieces) }));
        answer.on('error', reject);
      });
      onward.end(sent);
    });

  const server = http.createServer((request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}${target.pathname === '/' ? '' : target.pathname}`,
    get requests() {
      return requests;
    },
    disturb(next) {
      requests = [];
      rule = next;
    },
  };
}

/** A server that takes connections and says nothing; closed after the test. */
export async function startSilentServer(t: TestContext): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as net.AddressInfo).port;
}
