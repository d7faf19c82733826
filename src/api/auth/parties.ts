import type { Caller } from './caller.ts';

/** Callers that any number of people may be. */
const nameless = new Set(['application', 'admin token']);

/**
 * Whom a caller counts as where two actors are needed: itself, first, and the makers of its token. Two callers that have one of these in common are
 * not two actors.
 */
export function partiesOf({ kind, actor, subject, tokenId, madeBy = [] }: Caller): string[] {
  const own =
    subject !== undefined
      ? `oidc ${subject}`
      : tokenId !== undefined
        ? `token ${tokenId}`
        : kind === 'token' || kind === 'token-session'
          ? 'admin token'
          : kind === 'application' || (kind === 'host' && actor === 'application')
            ? 'application'
            : `actor ${actor}`;
  return [own, ...madeBy];
}

/** Whether it is known which person it is. */
export function isNamed(caller: Caller): boolean {
  return !nameless.has(partiesOf(caller)[0]!);
}
