import net from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import type { TestServer } from './servers.ts';

/**
 * What a network does on its worst day. `stall`: nothing gets through any more, both ends keep their sockets, and whoever
 * connects hears nothing. `half-open`: the server's end is gone, and ours does not learn of it; new connections work.
 * `reset`: both ends are reset. `deaf`: what we send gets through, the answers do not; new connections work.
 */
export type Fault = 'stall' | 'half-open' | 'reset' | 'deaf';

export interface Proxy {
  target(database: string): ConnectionTarget;
  url(database: string): string;
  /** Breaks every connection there is, each in its turn when several are broken. */
  break(fault: Fault): void;
  /** Breaks as soon as a client sends this text. */
  breakAt(text: string, fault: Fault): void;
  /** Whether it came to the break that was asked for. */
  readonly broken: boolean;
  /** Tells how often clients have sent this text since. */
  countSent(text: string): () => number;
  /** From now on new connections work; those that were broken stay so. */
  heal(): void;
  /** Closes what was broken, as a network does in the end. */
  drop(): void;
}

export interface ProxyOptions {
  /** Everything arrives so much later. */
  delayMs?: number;
  /** Of each connection, in each direction. */
  bytesPerSecond?: number;
}

interface Link {
  client: net.Socket;
  server: net.Socket;
  /** Nothing passes towards that end any more. */
  toClient: boolean;
  toServer: boolean;
}

/** A TCP proxy in front of a test server; closed after the test. */
export async function startProxy(
  t: TestContext,
  server: TestServer,
  { delayMs = 0, bytesPerSecond = Infinity }: ProxyOptions = {},
): Promise<Proxy> {
  const links = new Set<Link>();
  let stalled = false;
  let trap: { text: string; fault: Fault } | undefined;
  let broken = false;
  const counters: { text: string; count: number }[] = [];

  const breakNow = (fault: Fault): void => {
    broken = true;
    trap = undefined;
    if (fault === 'stall') stalled = true;
    for (const link of links) {
      link.toClient = false;
      if (fault === 'deaf') continue;
      link.toServer = false;
      if (fault === 'half-open' || fault === 'reset') link.server.resetAndDestroy();
      if (fault === 'reset') link.client.resetAndDestroy();
    }
  };

  const forward = (link: Link, from: net.Socket, to: net.Socket, open: () => boolean): void => {
    let queue = Promise.resolve();
    from.on('data', (bytes) => {
      for (const counter of from === link.client ? counters : []) {
        counter.count += bytes.toString('latin1').split(counter.text).length - 1;
      }
      if (
        from === link.client &&
        trap &&
        bytes.toString('latin1').toLowerCase().includes(trap.text.toLowerCase())
      )
        breakNow(trap.fault);
      from.pause();
      const arrives = Date.now() + delayMs;
      queue = queue.then(async () => {
        await pause(Math.max(0, arrives - Date.now()));
        if (bytesPerSecond < Infinity) await pause((bytes.length / bytesPerSecond) * 1_000);
        // What is stalled stays unread: to the sender it looks as if the other end were slow.
        if (!open()) return;
        if (to.writable && !to.write(bytes))
          await new Promise((resolve) => to.once('drain', resolve).once('close', resolve));
        from.resume();
      });
    });
    from.on('end', () => void queue.then(() => open() && to.end()));
    from.on('error', () => {});
    from.on('close', () => {
      if (open()) void queue.then(() => to.destroy());
    });
  };

  const proxy = net.createServer((client) => {
    const toServer = net.connect(server.port, server.host);
    const link: Link = { client, server: toServer, toClient: !stalled, toServer: !stalled };
    links.add(link);
    forward(link, client, toServer, () => link.toServer);
    forward(link, toServer, client, () => link.toClient);
    toServer.on('close', () => links.delete(link));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    proxy.close();
    for (const { client, server: behind } of links) {
      client.destroy();
      behind.destroy();
    }
  });
  const { port } = proxy.address() as net.AddressInfo;
  const { user, password } = server;
  return {
    target: (database) => ({ host: '127.0.0.1', port, user, password, database }),
    url: (database) => `postgres://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    break: breakNow,
    breakAt(text, fault) {
      broken = false;
      trap = { text, fault };
    },
    countSent(text) {
      const counter = { text, count: 0 };
      counters.push(counter);
      return () => counter.count;
    },
    get broken() {
      return broken;
    },
    heal() {
      stalled = false;
      trap = undefined;
    },
    drop() {
      for (const link of links) {
        if (link.toClient && link.toServer) continue;
        link.client.destroy();
        link.server.destroy();
      }
    },
  };
}
