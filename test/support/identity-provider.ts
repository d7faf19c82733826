import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

// It comes without types.
const { Provider } = (await import('oidc-provider' as string)) as {
  Provider: new (issuer: string, options: object) => { callback(): http.RequestListener };
};

export const clientSecret = 'a secret: of the+program %';

export interface IdentityProvider {
  issuer: string;
  /** From now on it knows two programs, `holdfast page` with a secret and `public` without, which people come back to at this address. */
  returnTo(redirectUri: string): void;
  stop(): Promise<void>;
}

/**
 * A provider that conforms to the standard: oidc-provider, with its own pages for login and consent. It asks for PKCE, and takes
 * every name and password.
 * @param groups of each person
 * @param host by which it is called. A browser takes `localhost` for another site than 127.0.0.1
 */
export async function startIdentityProvider(
  t: TestContext,
  { groups, host = '127.0.0.1' }: { groups: Record<string, string[]>; host?: 'localhost' | '127.0.0.1' },
): Promise<IdentityProvider> {
  t.mock.method(console, 'warn', () => {});
  t.mock.method(console, 'info', () => {});
  let listener: http.RequestListener | undefined;
  const server = http.createServer((request, response) => {
    if (listener) listener(request, response);
    else response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  t.after(stop);
  const issuer = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    returnTo(redirectUri) {
      const client = {
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      };
      listener = new Provider(issuer, {
        clients: [
          { ...client, client_id: 'holdfast page', client_secret: clientSecret },
          { ...client, client_id: 'public', token_endpoint_auth_method: 'none' },
        ],
        claims: {
          openid: ['sub'],
          email: ['email', 'email_verified'],
          groups: ['groups'],
          profile: ['name'],
        },
        scopes: ['openid', 'email', 'profile', 'groups'],
        conformIdTokenClaims: false,
        pkce: { required: () => true },
        cookies: { keys: ['of the provider'] },
        findAccount: (_: unknown, id: string) => ({
          accountId: id,
          claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, groups: groups[id] }),
        }),
      }).callback();
    },
    stop,
  };
}
