import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import type { Logger } from '../../../base/logger.ts';
import type { OidcRule } from '../../../contract/oidc-settings.ts';
import { longestJwt } from '../../../contract/session.ts';
import { issuerKeys, type KeySet } from './issuer-keys.ts';
import { Refusal } from './refusal.ts';

export type Claims = JWTPayload & { sub: string; exp: number };

export interface CheckOptions {
  /** Whether keys that are too old suffice, which is so where nothing is opened by it. */
  oldKeys?: boolean;
  /** What must be in it, where it is to be of one sign-in. */
  nonce?: string;
}

export interface Signatures {
  /**
   * The claims of a token, all of whose proofs hold.
   * @throws Refusal, ISSUER_UNAVAILABLE
   */
  claimsOf(jwt: string, options?: CheckOptions): Promise<Claims>;
}

/** Of a token for access and of one that says who one is. Others, such as those of a sign-out, prove nothing here. */
const types = new Set(['jwt', 'at+jwt', 'application/at+jwt']);
/** The issuer says how long `sub` may be. */
const longestSubject = 255;

export function signatures(rule: OidcRule, logger: Logger): Signatures {
  const keys = issuerKeys(rule.issuer, logger);
  const { issuer, algorithms, clockToleranceSeconds } = rule;
  const audience = audiencesOf(rule);
  const verify = async (jwt: string, set: KeySet): Promise<JWTPayload> => {
    const options = {
      issuer,
      audience,
      algorithms,
      clockTolerance: clockToleranceSeconds,
      requiredClaims: ['exp', 'sub'],
    };
    try {
      return (await jwtVerify(jwt, set, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // Without the name of a key any of these may have signed it.
      for await (const key of error) {
        try {
          return (await jwtVerify(jwt, key, options)).payload;
        } catch (next) {
          if (!(next instanceof errors.JWSSignatureVerificationFailed)) throw next;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  };
  return {
    async claimsOf(jwt, { oldKeys = false, nonce } = {}) {
      if (jwt.length > longestJwt) throw new Refusal('long');
      refuseAtSight(jwt, rule);
      const old = oldKeys ? keys.latest() : undefined;
      let payload: JWTPayload;
      try {
        payload = await verify(jwt, old ?? (await keys.current())).catch(async (error: unknown) => {
          if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
          const set = await keys.newer();
          if (!set) throw error;
          return verify(jwt, set);
        });
      } catch (error) {
        throw refusalOf(error);
      }
      const { sub, exp, cnf } = payload;
      if (nonce !== undefined && payload['nonce'] !== nonce) throw new Refusal('nonce');
      // A key that the caller would have to prove, which nothing here asks for: then the token alone is worth nothing.
      if (cnf !== undefined) throw new Refusal('bound');
      if (typeof sub !== 'string' || !/^\P{Cc}+$/u.test(sub) || sub.length > longestSubject)
        throw new Refusal('subject');
      return { ...payload, sub, exp: exp! };
    },
  };
}

/**
 * What needs no key. So tokens of others never make this process ask the issuer.
 * @throws Refusal
 */
function refuseAtSight(jwt: string, rule: OidcRule): void {
  const { issuer, algorithms } = rule;
  let header: ReturnType<typeof decodeProtectedHeader>;
  let payload: JWTPayload;
  try {
    header = decodeProtectedHeader(jwt);
    payload = decodeJwt(jwt);
  } catch {
    throw new Refusal('malformed');
  }
  if (!algorithms.some((known) => known === header.alg)) throw new Refusal('algorithm');
  const { typ } = header;
  if (typ !== undefined && !(typeof typ === 'string' && types.has(typ.toLowerCase())))
    throw new Refusal('type');
  if (payload.iss !== issuer) throw new Refusal('issuer');
  const meant = [payload.aud ?? []].flat();
  if (!audiencesOf(rule).some((own) => meant.includes(own))) throw new Refusal('audience');
}

/** A token that says who signed in by the button is meant for the program that the button is of. */
function audiencesOf({ audience, clientId }: OidcRule): string[] {
  return [audience, clientId ?? []].flat();
}

function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new Refusal('expired');
  if (error instanceof errors.JWTClaimValidationFailed) return new Refusal(claimProblem(error.claim));
  if (error instanceof errors.JWSSignatureVerificationFailed) return new Refusal('signature');
  if (error instanceof errors.JWKSNoMatchingKey) return new Refusal('key');
  if (error instanceof errors.JOSEAlgNotAllowed) return new Refusal('algorithm');
  if (error instanceof errors.JOSEError) return new Refusal('malformed');
  // A key of the set that its own description contradicts.
  if (error instanceof TypeError || error instanceof DOMException) return new Refusal('key');
  return error;
}

function claimProblem(claim: string) {
  if (claim === 'nbf') return 'early';
  if (claim === 'iss') return 'issuer';
  if (claim === 'aud') return 'audience';
  return claim === 'sub' ? 'subject' : claim === 'exp' ? 'endless' : 'malformed';
}
