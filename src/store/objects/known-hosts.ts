import { createHash, createHmac } from 'node:crypto';

export interface HostKeys {
  /** `ssh-ed25519` and the like, with the key in base64. */
  trusted: { type: string; key: string }[];
  /** Keys in base64 that are marked `@revoked`: never trusted. */
  revoked: string[];
}

/**
 * The keys of a server by the text of a known_hosts file: plain and hashed names, patterns, `@revoked`. Certificate authorities
 * are passed over.
 * @see sshd(8), SSH_KNOWN_HOSTS FILE FORMAT
 */
export function hostKeys(text: string, host: string, port: number): HostKeys {
  const name = port === 22 ? host : `[${host}]:${port}`;
  const found: HostKeys = { trusted: [], revoked: [] };
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const marker = fields[0]?.startsWith('@') ? fields.shift() : undefined;
    const [names = '', type = '', key = ''] = fields;
    if (names === '' || names.startsWith('#') || key === '' || !isNamed(names, name)) continue;
    if (marker === '@revoked') found.revoked.push(key);
    else if (marker === undefined) found.trusted.push({ type, key });
  }
  return found;
}

function isNamed(names: string, name: string): boolean {
  const hashed = /^\|1\|([^|]+)\|([^|]+)$/.exec(names);
  if (hashed) {
    const digest = createHmac('sha1', Buffer.from(hashed[1]!, 'base64')).update(name).digest();
    return digest.equals(Buffer.from(hashed[2]!, 'base64'));
  }
  let named = false;
  for (const pattern of names.split(',')) {
    const isNot = pattern.startsWith('!');
    if (!matches(isNot ? pattern.slice(1) : pattern, name)) continue;
    if (isNot) return false;
    named = true;
  }
  return named;
}

function matches(pattern: string, name: string): boolean {
  const literal = pattern.toLowerCase().replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(name.toLowerCase());
}

/** What `ssh-keygen -l` prints. */
export function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The type that a key in the form of the protocol begins with. */
export function keyType(key: Buffer): string {
  return key.length > 4 ? key.toString('latin1', 4, 4 + key.readUInt32BE(0)) : '';
}

/** The signature algorithms that a server with such a key can show. */
export function algorithmsOf(type: string): string[] {
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type];
}
