import type { OidcRule } from '../../../contract/oidc-settings.ts';
import { scopes, type Scope } from '../../../contract/scopes.ts';
import type { Claims } from './signature.ts';

/** Who a token of the issuer is of, and what they may do. */
export interface Person {
  readonly actor: string;
  readonly scopes: readonly Scope[];
  /** Issuer and `sub`: the same person, whatever they are called. */
  readonly subject: string;
  readonly expiresAt: Date;
  /** Values of the claim for scopes that were found, for one who asks why nothing is allowed. */
  readonly values: readonly string[];
}

const longestActor = 200;

export function personOf(claims: Claims, rule: OidcRule): Person {
  const { issuer, scopesClaim, actorClaim = 'email' } = rule;
  const values = valuesOf(scopesClaim, claims);
  const held = new Set(
    values.flatMap((value) => (Object.hasOwn(rule.scopes, value) ? (rule.scopes[value] ?? []) : [])),
  );
  const [name] = textsOf(claimAt(actorClaim, claims));
  return {
    actor: name !== undefined && isName(name) ? name : claims.sub.slice(0, longestActor),
    scopes: scopes.filter((scope) => held.has(scope)),
    subject: `${issuer} ${claims.sub}`,
    expiresAt: new Date(claims.exp * 1_000),
    values,
  };
}

/** `scope` of OAuth is a list in one text. */
function valuesOf(name: string, claims: Claims): string[] {
  const texts = textsOf(claimAt(name, claims));
  return name === 'scope' || name === 'scp' ? texts.flatMap((text) => text.split(' ')) : texts;
}

/** The claim of that name, else the one at that path: names that are addresses contain dots too. */
function claimAt(name: string, claims: Claims): unknown {
  // One that a person has typed in and nobody has verified says nothing of who they are.
  if (name === 'email' && claims['email_verified'] === false) return undefined;
  if (Object.hasOwn(claims, name)) return claims[name];
  return name
    .split('.')
    .reduce<unknown>(
      (group, part) =>
        typeof group === 'object' && group !== null && Object.hasOwn(group, part)
          ? (group as Record<string, unknown>)[part]
          : undefined,
      claims,
    );
}

function textsOf(value: unknown): string[] {
  return [value].flat().filter((each) => typeof each === 'string');
}

function isName(text: string): boolean {
  return text.length <= longestActor && /^\P{Cc}+$/u.test(text) && text.trim() !== '';
}
