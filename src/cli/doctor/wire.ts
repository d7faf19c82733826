import type { Socket } from 'node:net';
import tls from 'node:tls';
import { isPrivate } from '../../channel/allowed-hosts.ts';
import { clientConfig, type ConnectionTarget } from '../../postgres/connection.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { ok, warn, type Check } from './check.ts';

/** What can be read on the way between here and the server. */
export interface WireFacts {
  /** The version of TLS; null for none. */
  encryption: string | null;
  /** Whether the server had to prove that it is the one that was meant. */
  verified: boolean;
  /** The address of IP at the other end; undefined for a socket of this machine. */
  remote: string | undefined;
}

export function wireFacts(session: Session, target: ConnectionTarget): WireFacts {
  const stream = session.client.connection.stream as Socket;
  const { ssl } = clientConfig(target);
  return {
    encryption: stream instanceof tls.TLSSocket ? stream.getProtocol() : null,
    verified: ssl === true || (typeof ssl === 'object' && ssl.rejectUnauthorized !== false),
    remote: stream.remoteAddress,
  };
}

/** Whether the other end is this machine. */
export function isHere({ remote }: WireFacts): boolean {
  return remote === undefined || /^(?:::ffff:)?127\.|^::1$/.test(remote);
}

const ask =
  'Ask for TLS: add sslmode=verify-full to the address, with sslrootcert=FILE if the certificate is of an authority of your own.';

/** Whether what goes over the network can be read or changed there: rows, and the password. */
export function checkTls(facts: WireFacts): Check {
  const { encryption, verified, remote } = facts;
  const name = 'TLS';
  if (remote === undefined || isHere(facts)) return ok(name, 'the server is on this machine');
  if (encryption === null) {
    if (isPrivate(remote)) {
      return ok(
        name,
        `off: the connection stays in the private network of ${remote}. sslmode=verify-full turns it on`,
      );
    }
    return warn(name, `Off: anyone between here and ${remote} can read and change every row.`, ask);
  }
  if (verified) return ok(name, `${encryption}, and the certificate of the server is verified`);
  return warn(
    name,
    `${encryption}, but the certificate of the server is not verified: another server could pretend to be it.`,
    ask,
  );
}

/** Every connection of ours makes sure of its own server process, so where one opens there is no pooler that shares. */
export function checkPooler(): Check {
  return ok('pooler', 'none that shares server connections between clients');
}

/** Less makes nothing worse: certificates and signatures of requests allow some minutes. */
const offsetLimitMs = 5_000;

export async function checkClock(session: Session): Promise<Check> {
  const asked = Date.now();
  const [row] = await session.query<{ now: number }>(
    `select (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 1000)::pg_catalog.float8 as now`,
  );
  return clockCheck(row!.now, asked, Date.now());
}

/** @param server the time of the server, read between `asked` and `answered` of this machine, all in milliseconds */
export function clockCheck(server: number, asked: number, answered: number): Check {
  const name = 'clock';
  const offset = server < asked ? server - asked : server > answered ? server - answered : 0;
  if (Math.abs(offset) <= offsetLimitMs) return ok(name, 'this machine and the server agree');
  const seconds = Math.round(Math.abs(offset) / 1_000);
  return warn(
    name,
    `This machine is ${seconds} s ${offset > 0 ? 'behind' : 'ahead of'} the server: schedules and tokens go by the clock of the server, stores and sign-ins by that of the machine.`,
    'Have both set by NTP: timedatectl set-ntp true (or chrony).',
  );
}
