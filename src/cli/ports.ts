import { once } from 'node:events';
import net from 'node:net';
import { HoldfastError } from '../base/errors.ts';

const tries = 50;

/** The first port from `from` upwards that nobody listens on. */
export async function firstFreePort(from: number, host: string): Promise<number> {
  for (let port = from; port < from + tries && port <= 65_535; port++) {
    if (await isFree(port, host)) return port;
  }
  throw new HoldfastError(
    'INVALID_CONFIGURATION',
    `No free port from ${from} to ${from + tries - 1} on ${host}.`,
    {
      hint: 'Name one with --port.',
    },
  );
}

async function isFree(port: number, host: string): Promise<boolean> {
  const server = net.createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  }
}
