import { connect } from 'node:net';
import type pg from 'pg';
import { cancelKey } from './driver.ts';

const cancelRequestCode = 80877102;
const messageBytes = 16;
const timeoutMs = 2000;

/**
 * Asks the server to end the statement that `client` waits for. This goes by a connection of its own with no
 * login, so it works when all connections are taken, and through a pooler. Never fails: what is left then is to
 * close the connection, which the server notices when the statement ends.
 */
export async function cancelStatement(client: pg.Client): Promise<void> {
  const { processID, secretKey } = cancelKey(client);
  const request = Buffer.alloc(messageBytes);
  request.writeInt32BE(messageBytes, 0);
  request.writeInt32BE(cancelRequestCode, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const unixSocket = client.host.startsWith('/');
  const socket = unixSocket
    ? connect(`${client.host}/.s.PGSQL.${client.port}`)
    : connect(client.port, client.host);
  await new Promise<void>((resolve) => {
    // The server closes the connection once it has sent the signal.
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.resume();
    socket.end(request);
  });
}
