/*
 * data/ owns the client and the cached answers of the server. It never shows anything.
 */
import { createClient } from '../../../src/client/client.ts';
import { apiUrl, chosenDatabase } from './place.ts';
import { watchedFetch } from './connection.ts';

export { ApiError } from '../../../src/client/client.ts';
export type * from '../../../src/contract/shapes.ts';

let onUnauthorized = (): void => {};

/** `listener` is called when the server answers 401 to a call other than the sign-in. */
export function whenUnauthorized(listener: () => void): void {
  onUnauthorized = listener;
}

const common: Parameters<typeof createClient>[0] = {
  baseUrl: apiUrl,
  async fetch(input, init) {
    const response = await watchedFetch(input as string, init ?? {});
    // A wrong token at the sign-in does not end a session.
    const ofSession = new URL(response.url).pathname.endsWith('/session');
    if (response.status === 401 && !ofSession) onUnauthorized();
    return response;
  },
};

/** The client for all calls of the page that are about its database. */
export const client = createClient(
  chosenDatabase === null ? common : { ...common, database: chosenDatabase },
);

/** For what is about all databases, and answers also where the address names one that is not there. */
export const clientOfAll = createClient(common);
