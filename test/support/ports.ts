import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Resolves when a port of loopback takes connections. @throws when it does not within that time */
export async function listening(port: number, withinMs = 30_000): Promise<void> {
  const giveUpAt = performance.now() + withinMs;
  for (;;) {
    const socket = net.connect(port, '127.0.0.1');
    const open = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    if (performance.now() > giveUpAt) throw new Error(`nothing listens on port ${port}`);
    await pause(50);
  }
}
