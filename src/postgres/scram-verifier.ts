import { createHmac, hash, pbkdf2Sync, randomBytes } from 'node:crypto';

const iterations = 4_096;

/**
 * What a server keeps of a password, so that the password itself is in no statement and in no log of the server.
 * RFC 5802; PostgreSQL, pg_authid.rolpassword.
 * @param password of ASCII letters and digits, which need no preparation
 */
export function scramVerifier(password: string): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const keyed = (name: string): Buffer => createHmac('sha256', salted).update(name).digest();
  const storedKey = hash('sha256', keyed('Client Key'), 'base64');
  const serverKey = keyed('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
