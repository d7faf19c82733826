/*
 * oidc/ owns sign-in with tokens of an identity provider: which are accepted, and who they are of. It never keeps a token, and asks
 * nobody but the issuer of the configuration.
 */
import { HoldfastError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import type { OidcRule } from '../../../contract/oidc-settings.ts';
import { personOf, type Person } from './person.ts';
import { Refusal } from './refusal.ts';
import type { CheckOptions, Signatures } from './signature.ts';
import type { StartedSignIn } from './code-flow.ts';

export interface Oidc {
  readonly rule: OidcRule;
  /**
   * Who a token is of. Undefined for a text that does not have the form of one.
   * @returns an error where it is refused (UNAUTHORIZED), or where that cannot be decided (ISSUER_UNAVAILABLE)
   */
  personOf(text: string, options?: CheckOptions): Promise<Person | HoldfastError> | Promise<undefined>;
  /**
   * Begins a sign-in at the provider.
   * @param redirectUri the page, where the provider sends the browser back
   * @throws ISSUER_UNAVAILABLE
   */
  start(redirectUri: string): Promise<StartedSignIn>;
  /**
   * The token of a person who comes back from there.
   * @throws SIGN_IN_FAILED, ISSUER_UNAVAILABLE
   */
  finish(given: { code: string; redirectUri: string; verifier: string }): Promise<string>;
}

export function createOidc(rule: OidcRule, logger: Logger): Oidc {
  let signatures: Promise<Signatures> | undefined;
  const check = async (jwt: string, options: CheckOptions): Promise<Person | HoldfastError> => {
    // What checks signatures is loaded with the first token.
    signatures ??= import('./signature.ts').then((loaded) => loaded.signatures(rule, logger));
    try {
      return personOf(await (await signatures).claimsOf(jwt, options), rule);
    } catch (error) {
      if (error instanceof HoldfastError) return error;
      if (!(error instanceof Refusal)) throw error;
      return new HoldfastError(
        'UNAUTHORIZED',
        `The token of the identity provider is not accepted: ${error.message}.`,
        {
          hint:
            error.reason === 'expired'
              ? 'Get a new one from the identity provider.'
              : 'Compare what the token says with auth.oidc (HOLDFAST_OIDC_…) of the configuration.',
          details: { reason: error.reason },
        },
      );
    }
  };
  const flow = () => import('./code-flow.ts');
  return {
    rule,
    start: async (redirectUri) => (await flow()).startSignIn(rule, redirectUri),
    finish: async (given) => (await flow()).finishSignIn(rule, given),
    personOf: (text, options = {}) => (isJwt(text) ? check(text, options) : Promise.resolve(undefined)),
  };
}

function isJwt(text: string): boolean {
  return /^eyJ[\w-]+\.[\w-]+\.[\w-]*$/.test(text);
}

/** How many values the sentence names; details have more. */
const namedValues = 5;

/** What to say to one whose token is good and gives nothing. */
export function noScopes({ actor, values }: Person, { scopesClaim }: OidcRule): HoldfastError {
  const shown = values.slice(0, 20).map((value) => value.slice(0, 100));
  const named = shown.slice(0, namedValues).map((value) => JSON.stringify(value));
  const more = values.length > namedValues ? ` and ${values.length - namedValues} more` : '';
  const has = named.length === 0 ? 'is missing or empty' : `has ${named.join(', ')}${more}`;
  return new HoldfastError(
    'FORBIDDEN',
    `The token of ${actor} is valid, but no rule gives it a scope: its claim "${scopesClaim}" ${has}.`,
    {
      hint: `Add a value of the claim "${scopesClaim}" that the token has to auth.oidc.scopes (HOLDFAST_OIDC_SCOPES), or give the person a value that is there.`,
      details: { claim: scopesClaim, values: shown },
    },
  );
}
