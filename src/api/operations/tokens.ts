import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { TokenRecord } from '../../catalog/tokens.ts';
import { id } from '../../contract/fields.ts';
import type { Scope } from '../../contract/scopes.ts';
import * as routes from '../../contract/routes/tokens.ts';
import { tokenBody, tokenPrefix, tokensLimit, type ApiToken } from '../../contract/token.ts';
import { partiesOf } from '../auth/parties.ts';
import { tokenDigest } from '../auth/token-digest.ts';
import type { ApiContext } from '../context.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { fourEyesRule } from '../second-actor.ts';
import { invalidRequest } from '../validate.ts';

/** Of a token, which are shown to know it by: too few to help in guessing the rest. */
const shownCharacters = 9;

export const createToken = operation({
  name: 'createToken',
  takes: [tokenBody],
  async run(work, { name, scopes, databases, expiresAt }) {
    const expires = expiresAt === null ? null : new Date(expiresAt);
    if (expires && expires.getTime() <= Date.now()) {
      throw invalidRequest([{ field: 'expiresAt', problem: 'is in the past' }]);
    }
    await requireNamed(work, databases, scopes);
    const { catalog, caller } = work;
    const { operations } = await fourEyesRule(work);
    const token = `${tokenPrefix}${randomBytes(32).toString('base64url')}`;
    const record = await catalog.tokens.add(
      {
        name,
        scopes: [...new Set(scopes)],
        databases: databases && [...new Set(databases)],
        start: token.slice(0, shownCharacters),
        createdBy: caller.actor,
        // Or one could make a second actor of oneself.
        madeBy: operations.length > 0 ? partiesOf(caller) : [],
        expiresAt: expires,
        hash: tokenDigest(token),
      },
      tokensLimit,
    );
    if (!record) {
      throw new HoldfastError(
        'TOO_MANY_TOKENS',
        `There are ${tokensLimit} tokens that can be used already.`,
        {
          details: { limit: tokensLimit },
        },
      );
    }
    return { ...presentToken(record), token };
  },
  endpoints: [
    endpoint(routes.createToken, async ({ api, body }) => {
      const { token, ...created } = await api.createToken(body);
      return { status: 201 as const, body: { success: true as const, token, created } };
    }),
  ],
});

export const listTokens = operation({
  name: 'listTokens',
  takes: [],
  run: async ({ catalog }) => (await catalog.tokens.list()).map(presentToken),
  endpoints: [endpoint(routes.readTokens, async ({ api }) => ok({ tokens: await api.listTokens() }))],
});

export const deleteToken = operation({
  name: 'deleteToken',
  takes: [id],
  async run({ catalog }, asked) {
    const deleted = await catalog.tokens.delete(asked);
    if (!deleted) {
      throw new HoldfastError('TOKEN_NOT_FOUND', `There is no token ${asked}.`, { details: { id: asked } });
    }
    return presentToken(deleted);
  },
  endpoints: [
    endpoint(routes.deleteToken, async ({ api, query }) =>
      ok({ success: true, deleted: await api.deleteToken(query.id) }),
    ),
  ],
});

/** @throws INVALID_REQUEST where it would be for a database that there is not, or `admin` of some of them: that one may do anything */
async function requireNamed(
  work: Pick<ApiContext, 'databases'>,
  databases: readonly string[] | null,
  scopes: readonly Scope[],
): Promise<void> {
  if (databases === null) return;
  if (scopes.includes('admin')) {
    throw invalidRequest([
      { field: 'databases', problem: 'is not for the scope admin, which is of all databases' },
    ]);
  }
  const names = (await work.databases.contexts()).map((each) => each.name);
  const unknown = databases.filter((each) => !names.includes(each));
  if (unknown.length > 0) {
    const words = `names ${unknown.map((each) => JSON.stringify(each)).join(', ')}, and there are ${names.map((each) => JSON.stringify(each)).join(', ')}`;
    throw invalidRequest([{ field: 'databases', problem: words }]);
  }
}

function presentToken(record: TokenRecord): ApiToken {
  const { madeBy: _, createdAt, expiresAt, lastUsedAt, ...token } = record;
  return {
    ...token,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
