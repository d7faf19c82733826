import { createClient } from '../../../src/client/client.ts';
import { apiUrl } from '../place.ts';

export { ApiError } from '../../../src/client/client.ts';
export type * from '../../../src/api/contract.ts';

/** The API, for everything the page does. */
export const client = createClient({ baseUrl: apiUrl });
