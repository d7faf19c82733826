import type * as shapes from '../contract/shapes.ts';

/** Tokens for calls over HTTP: a part of `BackupApi`. */
export interface TokensApi {
  /** Makes a token. It is in this answer and nowhere else. @throws TOO_MANY_TOKENS */
  createToken(body: shapes.TokenBody): Promise<shapes.NewToken>;
  /** The newest first, also those that have expired. */
  listTokens(): Promise<shapes.ApiToken[]>;
  /** Revokes one: the next call with it is refused. @throws TOKEN_NOT_FOUND */
  deleteToken(id: number): Promise<shapes.ApiToken>;
}
