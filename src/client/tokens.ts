import type * as shapes from '../contract/shapes.ts';
import { partOf, type CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** Tokens for calls: a part of `Client`. */
export interface TokenCalls {
  /** Makes a token. It is in this answer and nowhere else. */
  createToken(body: shapes.TokenBody, call?: CallOptions): Promise<shapes.NewToken>;
  /** The newest first, also those that have expired. */
  listTokens(call?: CallOptions): Promise<shapes.ApiToken[]>;
  /** Revokes one: the next call with it is refused. */
  deleteToken(id: number, call?: CallOptions): Promise<shapes.ApiToken>;
}

export function tokenCalls(call: CallAddress): TokenCalls {
  return {
    async createToken(body, given) {
      const { token, created } = await call('POST /tokens', { body }, given);
      return { ...created, token };
    },
    listTokens: async (given) => partOf(await call('GET /tokens', {}, given), 'tokens'),
    deleteToken: async (id, given) =>
      partOf(await call('DELETE /tokens', { query: { id } }, given), 'deleted'),
  };
}
