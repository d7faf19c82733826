import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { until } from './until.ts';

export interface Received {
  method: string;
  /** With its query. */
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server of HTTP that keeps what it is sent. */
export interface Receiver {
  url: string;
  received: Received[];
  /** What it answers; by default 204. */
  answer: (request: Received, response: ServerResponse) => void;
  /** Waits for one that fits, of those that no call has given out before. */
  next(fits?: (request: Received) => boolean): Promise<Received>;
}

export async function openReceiver(t: TestContext): Promise<Receiver> {
  const given = new Set<Received>();
  const receiver: Receiver = {
    url: '',
    received: [],
    answer: (_, response) => response.writeHead(204).end(),
    next: (fits = () => true) =>
      until(async () => {
        const found = receiver.received.find((each) => !given.has(each) && fits(each));
        if (found) given.add(found);
        return found;
      }, 20_000),
  };
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (data: string) => (body += data));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, path: url, headers, body };
      receiver.received.push(one);
      receiver.answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return receiver;
}
