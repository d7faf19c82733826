/*
 * data/ owns the client and the cached answers of the server. It never shows anything.
 */
import { createClient } from '../../../src/client/client.ts';
import { apiUrl } from './place.ts';
import { watchedFetch } from './connection.ts';

export { ApiError } from '../../../src/client/client.ts';
export type * from '../../../src/contract/shapes.ts';

let onUnauthorized = (): void => {};

/** `listener` is called when the server answers 401 to a call other than the sign-in. */
export function whenUnauthorized(listener: () => void): void {
  onUnauthorized = listener;
}

/** The client for all calls of the page. */
export const client = createClient({
  baseUrl: apiUrl,
  async fetch(input, init) {
    const response = await watchedFetch(input as string, init ?? {});
    // A wrong token at the sign-in does not end a session.
    if (response.status === 401 && !response.url.endsWith('/session')) onUnauthorized();
    return response;
  },
});
