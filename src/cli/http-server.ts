import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BackupSystem } from '../api/contract.ts';
import { HoldfastError } from '../base/errors.ts';
import { listen } from '../integrations/node.ts';

export interface Served {
  /** Without the base path. */
  origin: string;
  stop(): Promise<void>;
}

/** @throws INVALID_CONFIGURATION when the address cannot be listened on */
export async function serveOver(system: BackupSystem, port: number, host: string): Promise<Served> {
  let server: Server;
  try {
    server = await listen(system, { port, host });
  } catch (error) {
    throw listenError(error, port, host);
  }
  const address = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    origin: `http://${name}:${address.port}`,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      // Active runs are recorded as interrupted, and calls that wait for one get that answer.
      await system.stop();
      const patience = setTimeout(() => server.closeAllConnections(), 1_000);
      await closed;
      clearTimeout(patience);
    },
  };
}

function listenError(error: unknown, port: number, host: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !code.startsWith('E')) return error;
  const why = code === 'EADDRINUSE' ? 'it is in use' : message;
  return new HoldfastError('INVALID_CONFIGURATION', `Cannot listen on port ${port} of ${host}: ${why}.`, {
    hint: 'Choose another one with --port, or --host.',
    cause: error,
  });
}
