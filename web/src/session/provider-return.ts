/**
 * What an identity provider has added to the address, when the browser has come back from there. It is removed from the address and the
 * browser's history at once, used or not.
 */

export interface Returned {
  code: string;
  state: string;
  iss?: string;
}

const { returned, refused } = readAddress();
let given = returned;

/** Why it has not signed in, in its own words; null where it has not said so. */
export const refusal = refused;

function readAddress(): { returned: Returned | null; refused: string | null } {
  const query = new URLSearchParams(window.location.search);
  const [code, state, iss, error] = ['code', 'state', 'iss', 'error'].map((name) => query.get(name));
  if (!state || (!code && !error)) return { returned: null, refused: null };
  window.history.replaceState(window.history.state, '', window.location.pathname);
  const words = query.get('error_description') ?? error ?? '';
  if (!code) return { returned: null, refused: words.slice(0, 300) };
  return { returned: { code, state, ...(iss ? { iss } : {}) }, refused: null };
}

/** What finishes the sign-in, once. */
export function takeReturn(): Returned | null {
  const taken = given;
  given = null;
  return taken;
}

/** Where the provider sends the browser back: the page itself, without the screen that it is at. */
export function pageAddress(): string {
  return new URL('./', document.baseURI).href;
}
