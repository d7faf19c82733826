import net from 'node:net';
import tls from 'node:tls';
import type { DeliveryOutcome } from '../contract/channel.ts';
import { allowedAddress, NotDelivered, tlsFailure } from './allowed-hosts.ts';
import { loadMailer } from './mail.ts';

const defaultPorts: Record<string, number> = { 'https:': 443, 'http:': 80, 'smtps:': 465, 'smtp:': 587 };

/**
 * Whether the host of an address takes connections, encrypted where the address says so. Sends nothing, so it says nothing about what
 * the receiver would make of a message.
 * @param url of it, protocol, host and port count
 * @param signal ends it
 * @returns what came of it; a failure is no error
 */
export async function reach(
  { protocol, hostname, port }: URL,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  const encrypted = protocol === 'https:' || protocol === 'smtps:';
  try {
    if (protocol.startsWith('smtp')) await loadMailer();
    const host = await allowedAddress(hostname, protocol === 'http:');
    signal.throwIfAborted();
    await connect(host, Number(port || defaultPorts[protocol]), encrypted ? hostname : undefined, signal);
    return { problem: null, status: null };
  } catch (error) {
    if (error instanceof NotDelivered) return { problem: error.problem, status: error.status };
    if (signal.aborted) return { problem: 'NO_ANSWER', status: null };
    throw error;
  }
}

/** @param name that the certificate must be for; undefined for a connection that is not encrypted */
async function connect(
  host: string,
  port: number,
  name: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const bare = name?.replace(/^\[|\]$/g, '');
  const socket =
    bare === undefined
      ? net.connect({ host, port })
      : tls.connect({ host, port, ...(net.isIP(bare) ? {} : { servername: bare }) });
  const end = (): void => void socket.destroy(signal.reason as Error);
  signal.addEventListener('abort', end, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(bare === undefined ? 'connect' : 'secureConnect', resolve);
      socket.once('error', reject);
    });
  } catch (error) {
    signal.throwIfAborted();
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new NotDelivered(tlsFailure.test(code) ? 'TLS_FAILED' : 'UNREACHABLE');
  } finally {
    signal.removeEventListener('abort', end);
    // What it says after this is of no interest.
    socket.on('error', () => {});
    socket.destroy();
  }
}
