import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import type { DeliveryProblem } from '../contract/channel.ts';

/**
 * Where messages never go: what a machine of a cloud tells itself, credentials among it. An admin could otherwise make this
 * process ask there.
 */
const refused = new BlockList();
refused.addSubnet('169.254.0.0', 16, 'ipv4');
refused.addSubnet('0.0.0.0', 8, 'ipv4');
// Alibaba and Azure answer there what others do at 169.254.169.254.
refused.addAddress('100.100.100.200', 'ipv4');
refused.addAddress('168.63.129.16', 'ipv4');
refused.addSubnet('224.0.0.0', 3, 'ipv4');
refused.addSubnet('fe80::', 10, 'ipv6');
refused.addAddress('fd00:ec2::254', 'ipv6');
refused.addAddress('::', 'ipv6');
refused.addSubnet('ff00::', 8, 'ipv6');

const privateNetworks = new BlockList();
privateNetworks.addSubnet('127.0.0.0', 8, 'ipv4');
privateNetworks.addSubnet('10.0.0.0', 8, 'ipv4');
privateNetworks.addSubnet('172.16.0.0', 12, 'ipv4');
privateNetworks.addSubnet('192.168.0.0', 16, 'ipv4');
privateNetworks.addAddress('::1', 'ipv6');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');

/** Of an attempt that cannot succeed as it is. */
export class NotDelivered extends Error {
  readonly problem: DeliveryProblem;
  readonly status: number | null;
  constructor(problem: DeliveryProblem, status: number | null = null) {
    super(problem);
    this.problem = problem;
    this.status = status;
  }
}

/** Codes of OpenSSL and Node for certificates that do not hold, and for what is no TLS at all. */
export const tlsFailure = /^(?:ERR_(?:TLS|SSL)_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_OSSL|EPROTO)/;

/** `::ffff:169.254.169.254`, `64:ff9b::a9fe:a9fe` and the like are other ways to write an address of IPv4. */
function unmapped(address: string): string {
  const dotted = /^(?:::ffff:|64:ff9b::)(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (dotted) return dotted;
  const [, high, low] = /^(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const bits = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return bits.flatMap((each) => [each >> 8, each & 255]).join('.');
}

function isIn(list: BlockList, address: string): boolean {
  const plain = unmapped(address);
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether an address of IP is of this machine or of a private network. */
export function isPrivate(address: string): boolean {
  return isIn(privateNetworks, address);
}

/** Whether a message may be sent to an address of IP at all. */
export function isRefused(address: string): boolean {
  return isIn(refused, address);
}

/**
 * The address of a host at which a connection may be opened. The connection is made to that very address, so that a name that is
 * answered otherwise a moment later changes nothing.
 * @param plain whether what is sent can be read on the way: then only this machine and private networks are allowed
 * @throws NotDelivered
 */
export async function allowedAddress(host: string, plain: boolean): Promise<string> {
  const name = host.replace(/^\[|\]$/g, '');
  const found = isIP(name)
    ? [{ address: name }]
    : await lookup(name, { all: true, verbatim: true }).catch(() => {
        throw new NotDelivered('NAME_UNKNOWN');
      });
  const [first] = found;
  // One that is refused among several is one too many: which of them is taken would be left to chance.
  if (!first || found.some(({ address }) => isRefused(address))) throw new NotDelivered('ADDRESS_REFUSED');
  if (plain && !found.every(({ address }) => isIn(privateNetworks, address))) {
    throw new NotDelivered('ADDRESS_REFUSED');
  }
  return first.address;
}
