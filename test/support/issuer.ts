import type { webcrypto } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose';

/** A key of an issuer, with its name. */
export interface SigningKey {
  kid: string;
  alg: string;
  privateKey: webcrypto.CryptoKey;
  jwk: JWK;
}

export async function signingKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export interface Issuer {
  url: string;
  /** What it shows at the address of its keys. */
  keys: SigningKey[];
  /** How it answers at a path instead: headers and body, or not at all. */
  answers: Map<string, (response: http.ServerResponse) => void>;
  /** Requests it has had, by path. */
  asked: Map<string, number>;
  /** A token of its first key, or of another one. */
  token(claims: JWTPayload, options?: { key?: SigningKey; header?: object; kid?: string }): Promise<string>;
}

export const description = '/.well-known/openid-configuration';
export const audience = 'holdfast';

/** An issuer as OpenID Connect Discovery describes it, on this machine. */
export async function startIssuer(t: Pick<TestContext, 'after'>): Promise<Issuer> {
  const answers: Issuer['answers'] = new Map();
  const asked = new Map<string, number>();
  const keys = [await signingKey('first')];
  const server = http.createServer((request, response) => {
    const path = request.url ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    const other = answers.get(path);
    if (other) return other(response);
    const body =
      path === description
        ? { issuer: issuer.url, jwks_uri: `${issuer.url}/keys` }
        : path === '/keys'
          ? { keys: issuer.keys.map(({ jwk }) => jwk) }
          : undefined;
    response.writeHead(body ? 200 : 404, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer: Issuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    answers,
    asked,
    token(claims, { key = issuer.keys[0]!, header = {}, kid = key.kid } = {}) {
      const now = Math.floor(Date.now() / 1_000);
      const standard = { iss: issuer.url, aud: audience, sub: 'u-1', iat: now, exp: now + 600 };
      return new SignJWT({ ...standard, ...claims })
        .setProtectedHeader({ alg: key.alg, kid, typ: 'JWT', ...header })
        .sign(key.privateKey, { crit: { 'made-up': true } });
    },
  };
  return issuer;
}
