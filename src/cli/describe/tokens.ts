import type { ApiToken } from '../../api/contract.ts';
import { relative } from '../../base/units.ts';
import { bold, dim, green, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { localTime } from '../terminal/units.ts';

/** The token alone in its line, so that it can be copied whole. */
export function describeNewToken(token: string, created: ApiToken): string {
  return [
    `${green('✓')} ${describeToken(created)}`,
    '',
    `  ${bold(token)}`,
    '',
    'Keep it now: it is not shown again. Calls send it as Authorization: Bearer <token>.',
  ].join('\n');
}

export function describeTokens(tokens: readonly ApiToken[]): string {
  if (tokens.length === 0) return 'There are no tokens.';
  return tokens
    .map((token) => {
      const used = token.lastUsedAt === null ? 'never used' : `last used ${relative(token.lastUsedAt)}`;
      const made = `made ${relative(token.createdAt)} by ${printable(token.createdBy)}`;
      return `${hasExpired(token) ? yellow('✗') : green('✓')} ${describeToken(token)}\n  ${dim(`${token.start}…, ${used}, ${made}`)}`;
    })
    .join('\n');
}

export function describeRevoked(token: ApiToken): string {
  return `${green('✓')} Revoked: the next call with it is refused. ${describeToken(token)}`;
}

function describeToken(token: ApiToken): string {
  const { id, name, scopes, databases, expiresAt } = token;
  const about = databases === null ? '' : ` for ${databases.map(printable).join(', ')}`;
  const until =
    expiresAt === null
      ? 'does not expire'
      : hasExpired(token)
        ? `expired ${relative(expiresAt)}`
        : `until ${localTime(expiresAt)}`;
  return `${bold(`Token ${id}`)} ${printable(name)}: ${scopes.join(', ')}${about}; ${until}`;
}

function hasExpired({ expiresAt }: ApiToken): boolean {
  return expiresAt !== null && new Date(expiresAt).getTime() <= Date.now();
}
