import { createClient } from '../../../src/client/client.ts';
import { apiUrl } from './place.ts';
import { watchedFetch } from './connection.ts';

export { ApiError } from '../../../src/client/client.ts';
export type * from '../../../src/contract/shapes.ts';

let onUnauthorized = (): void => {};

/** Called whenever the server does not take whoever asks for an admin. */
export function whenUnauthorized(listener: () => void): void {
  onUnauthorized = listener;
}

/** The API, for everything the page does. */
export const client = createClient({
  baseUrl: apiUrl,
  async fetch(input, init) {
    const response = await watchedFetch(input as string, init ?? {});
    // A wrong token at the sign-in is not the end of a session.
    if (response.status === 401 && !response.url.endsWith('/session')) onUnauthorized();
    return response;
  },
});
