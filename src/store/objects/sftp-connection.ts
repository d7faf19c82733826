import type { SftpCredentials } from './credentials.ts';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Client, ConnectConfig, SFTPWrapper, ServerHostKeyAlgorithm } from 'ssh2';
import { HoldfastError } from '../../base/errors.ts';
import type { SftpAddress } from './address.ts';
import type { Patience } from './deadline.ts';
import { causeText, storeFailure } from './failure.ts';
import { algorithmsOf, fingerprintOf, hostKeys, keyType, type HostKeys } from './known-hosts.ts';

export interface SftpConnection {
  /** The connection, made when there is none. @throws STORE_DENIED, STORE_UNREACHABLE */
  sftp(): Promise<SFTPWrapper>;
  readonly secrets: readonly (string | undefined)[];
  close(): Promise<void>;
}

/** One connection to a server whose key is known; when it ends, the next call makes another. */
export function sftpConnection(
  SshClient: typeof Client,
  target: SftpAddress,
  credentials: SftpCredentials,
  patience: Patience,
): SftpConnection {
  const { address } = target;
  const details = { address };
  const secrets = [credentials.password, credentials.passphrase];
  let current: { client: Client; sftp: Promise<SFTPWrapper> } | undefined;

  const open = async (client: Client): Promise<SFTPWrapper> => {
    const login = await loginOf(target, credentials);
    let refusal: HoldfastError | undefined;
    const known = await knownKeysOf(target, credentials);
    const config: ConnectConfig = {
      host: target.host,
      port: target.port,
      username: target.user,
      readyTimeout: patience.connectTimeoutMs * 2,
      timeout: patience.connectTimeoutMs,
      // A server that answers none of three is gone.
      keepaliveInterval: Math.max(1, patience.silenceTimeoutMs / 3),
      keepaliveCountMax: 3,
      ...(known.trusted.length > 0 && {
        algorithms: {
          serverHostKey: known.trusted.flatMap(({ type }) => algorithmsOf(type)) as ServerHostKeyAlgorithm[],
        },
      }),
      hostVerifier: (key: Buffer) => {
        refusal = hostKeyProblem(target, known, key);
        return refusal === undefined;
      },
      ...login,
    };
    const { promise, resolve, reject } = Promise.withResolvers<SFTPWrapper>();
    // Stays for as long as the connection: an error without a listener would end the process.
    client.on('error', (error) => reject(refusal ?? connectFailure(error)));
    client.on('close', () => {
      if (current?.client === client) current = undefined;
      reject(
        refusal ?? storeFailure('STORE_UNREACHABLE', `${address} has closed the connection.`, { details }),
      );
    });
    client.on('ready', () => {
      // Else each small request waits 40 ms for the acknowledgement of the one before.
      client.setNoDelay(true);
      client.sftp((error, sftp) => {
        if (!error) return resolve(sftp);
        const message = `${address} serves no SFTP to this user: ${causeText(error, secrets)}.`;
        reject(storeFailure('STORE_DENIED', message, { details }));
        client.end();
      });
    });
    try {
      client.connect(config);
    } catch (error) {
      // A key that cannot be read.
      throw storeFailure(
        'STORE_DENIED',
        `The key for ${address} cannot be used: ${causeText(error, secrets)}.`,
        {
          hint: 'Give a private key as ssh-keygen makes it, and its passphrase if it has one.',
          details,
        },
      );
    }
    return promise;
  };

  const connectFailure = (error: Error & { level?: string }): HoldfastError => {
    const reason = causeText(error, secrets);
    if (error.level === 'client-authentication') {
      return storeFailure('STORE_DENIED', `${address} does not let this user in: ${reason}.`, { details });
    }
    // A handshake that finds no algorithm in common fails each time.
    const lasting = error.level === 'handshake';
    return storeFailure('STORE_UNREACHABLE', `${address} cannot be reached: ${reason}.`, {
      details,
      lasting,
    });
  };

  return {
    secrets,
    async sftp() {
      if (current === undefined) {
        const client = new SshClient();
        const made = { client, sftp: open(client) };
        current = made;
        made.sftp.catch(() => {
          if (current === made) current = undefined;
          client.destroy();
        });
      }
      return current.sftp;
    },
    async close() {
      const ending = current;
      current = undefined;
      ending?.client.destroy();
      await ending?.sftp.catch(() => {});
    },
  };
}

async function loginOf(
  { address }: SftpAddress,
  { password, privateKey, privateKeyFile, passphrase, agentSocket }: SftpCredentials,
): Promise<Partial<ConnectConfig>> {
  let key = privateKey;
  if (key === undefined && privateKeyFile !== undefined) {
    key = await fs.readFile(privateKeyFile, 'utf8').catch((error: unknown) => {
      throw storeFailure(
        'STORE_DENIED',
        `The private key for ${address} cannot be read: ${causeText(error)}.`,
        {
          hint: 'HOLDFAST_SFTP_KEY_FILE names its file.',
          details: { address },
        },
      );
    });
  }
  if (key === undefined && password === undefined && agentSocket === undefined) {
    throw storeFailure('STORE_DENIED', `There are no credentials for ${address}.`, {
      hint: 'Set HOLDFAST_SFTP_KEY_FILE or HOLDFAST_SFTP_PASSWORD, or run an agent (SSH_AUTH_SOCK).',
      details: { address },
    });
  }
  return {
    ...(key !== undefined && { privateKey: key }),
    ...(passphrase !== undefined && { passphrase }),
    ...(password !== undefined && { password }),
    ...(agentSocket !== undefined && { agent: agentSocket }),
  };
}

async function knownKeysOf(
  { host, port, hostKey }: SftpAddress,
  { knownHostsFile = path.join(os.homedir(), '.ssh', 'known_hosts') }: SftpCredentials,
): Promise<HostKeys> {
  if (hostKey !== undefined) return { trusted: [], revoked: [] };
  const text = await fs.readFile(knownHostsFile, 'utf8').catch(() => '');
  return hostKeys(text, host, port);
}

/** Why the server's key is not accepted; undefined when it is the one that is known. A key that is not known is never accepted. */
function hostKeyProblem(
  { address, host, hostKey }: SftpAddress,
  { trusted, revoked }: HostKeys,
  key: Buffer,
): HoldfastError | undefined {
  const shown = `${keyType(key)} ${fingerprintOf(key)}`;
  const text = key.toString('base64');
  const isRevoked = revoked.includes(text);
  if (!isRevoked && hostKey !== undefined && hostKey === fingerprintOf(key)) return undefined;
  if (!isRevoked && hostKey === undefined && trusted.some((each) => each.key === text)) return undefined;
  const isUnknown = !isRevoked && hostKey === undefined && trusted.length === 0;
  return storeFailure(
    'STORE_DENIED',
    isUnknown
      ? `The key of the server ${host} is not known: it shows ${shown}. No credentials were sent.`
      : `The server ${host} shows another key than it should: ${shown}. No credentials were sent.`,
    {
      hint: isUnknown
        ? `On the server, run ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub and compare. If it is the same, add ?hostKey=${fingerprintOf(key)} to the address, or the key to known_hosts.`
        : 'Another machine may have taken its place. Ask its administrator for the fingerprint of its key before you change hostKey or known_hosts.',
      details: { address, fingerprint: fingerprintOf(key) },
    },
  );
}
