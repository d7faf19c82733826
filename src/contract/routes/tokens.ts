import { z } from 'zod';
import { idText } from '../fields.ts';
import { route } from '../route.ts';
import { newTokenAnswer, tokenBody, tokenDeleteAnswer, tokensAnswer } from '../token.ts';

export const createToken = route({
  method: 'POST',
  path: '/tokens',
  ofAll: true,
  summary: 'Make a token for calls, which may do what its scopes say',
  description: 'The token is in this answer and nowhere else: only its hash is kept.',
  body: tokenBody,
  bodyRequired: true,
  answers: { 201: { description: 'The token, this once', schema: newTokenAnswer } },
});

export const readTokens = route({
  method: 'GET',
  path: '/tokens',
  ofAll: true,
  summary: 'The tokens that can be used, and those that have expired',
  answers: { 200: { description: 'The newest first; never a token itself', schema: tokensAnswer } },
});

export const deleteToken = route({
  method: 'DELETE',
  path: '/tokens',
  ofAll: true,
  summary: 'Revoke a token: the next call with it is refused',
  query: z.strictObject({ id: idText }),
  answers: { 200: { description: 'It is gone', schema: tokenDeleteAnswer } },
});
