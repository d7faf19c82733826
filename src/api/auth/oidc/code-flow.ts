import { createHash, randomBytes } from 'node:crypto';
import { HoldfastError } from '../../../base/errors.ts';
import type { OidcRule } from '../../../contract/oidc-settings.ts';
import { fetchJson, NoAnswer } from './fetch-json.ts';
import { askingMs, readDescription, unavailable, type Description } from './issuer-keys.ts';

/** A sign-in at the provider: the authorization code flow, with PKCE. */
export interface StartedSignIn {
  /** Where the browser goes. */
  url: string;
  /** Three secrets of this browser: what comes back must fit each. */
  state: string;
  nonce: string;
  verifier: string;
}

/** How long it is believed where a sign-in begins, which anyone can cause. */
const describedMs = 10 * 60_000;
const addresses = new WeakMap<OidcRule, { url: string; at: number }>();

const secret = (): string => randomBytes(32).toString('base64url');

/** @throws ISSUER_UNAVAILABLE */
export async function startSignIn(rule: OidcRule, redirectUri: string): Promise<StartedSignIn> {
  const { clientId = '', clientScopes } = rule;
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  const known = addresses.get(rule);
  let address = known && Math.abs(Date.now() - known.at) < describedMs ? known.url : undefined;
  if (address === undefined) {
    address = await asking(rule, async ({ addressOf }) => addressOf('authorization_endpoint').href);
    addresses.set(rule, { url: address, at: Date.now() });
  }
  const url = new URL(address);
  const query = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: [...new Set(['openid', ...clientScopes])].join(' '),
    state,
    nonce,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return { url: url.href, state, nonce, verifier };
}

/** @throws SIGN_IN_FAILED, ISSUER_UNAVAILABLE */
export async function finishSignIn(
  rule: OidcRule,
  { code, redirectUri, verifier }: { code: string; redirectUri: string; verifier: string },
): Promise<string> {
  const answer = await asking(rule, ({ addressOf, values }, signal) => {
    const form = new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    });
    const headers = identify(rule, form, values['token_endpoint_auth_methods_supported']);
    return fetchJson(addressOf('token_endpoint'), signal, { headers, form });
  });
  const { id_token: token } = answer;
  if (typeof token === 'string') return token;
  throw new HoldfastError('SIGN_IN_FAILED', 'The identity provider has answered without an ID token.', {
    hint: 'Holdfast must be a client for OpenID Connect there, and not for OAuth alone.',
  });
}

/** By the header where the provider takes that, which is what it must take. */
function identify(
  { clientId = '', clientSecret }: OidcRule,
  form: URLSearchParams,
  methods: unknown,
): Record<string, string> {
  if (clientSecret === undefined) form.set('client_id', clientId);
  else if (Array.isArray(methods) && !methods.includes('client_secret_basic')) {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  } else {
    const [id, password] = [clientId, clientSecret].map(formEncoded);
    return { Authorization: `Basic ${Buffer.from(`${id}:${password}`).toString('base64')}` };
  }
  return {};
}

/** As RFC 6749 wants it before it is joined by a colon. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

async function asking<T>(
  { issuer }: OidcRule,
  work: (description: Description, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(askingMs);
  try {
    return await work(await readDescription(issuer, signal), signal);
  } catch (error) {
    // It has answered, and said no.
    if (error instanceof NoAnswer && error.status === 400) throw refused(error.word);
    if (error instanceof NoAnswer && error.status === 401) throw refused(error.word ?? 'invalid_client');
    throw unavailable(issuer, error);
  }
}

function refused(word: string | undefined): HoldfastError {
  return new HoldfastError(
    'SIGN_IN_FAILED',
    `The identity provider has not confirmed the sign-in${word === undefined ? '' : ` (${word})`}.`,
    word === 'invalid_client'
      ? { hint: 'Compare auth.oidc.clientId and clientSecret with what the identity provider has.' }
      : {},
  );
}
