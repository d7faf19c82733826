/**
 * The addresses of the page and the API as the browser sees them; the server knows only its own side of a proxy. Read once
 * at the start, because `<base>` is relative to the address at which the page was opened.
 */
const page = new URL('.', document.baseURI);

/** For the router: without the trailing slash. */
export const pageRoot = page.pathname.replace(/\/$/, '');

export const apiUrl = new URL('..', page).href;

const parameter = 'database';

/**
 * Which one of several databases the page is about, as the address says; null for the first. Read once too: another one is chosen
 * by loading the page anew, so no answer that comes late, no event and no order that is half done of one can reach another.
 */
export const chosenDatabase: string | null = new URLSearchParams(window.location.search).get(parameter);

/** The address of a screen, path and query, in a database: by default in the one that the page is about. */
export function inDatabase(address: string, database: string | null = chosenDatabase): string {
  if (database === null) return address;
  const { pathname, searchParams } = new URL(address, window.location.origin);
  searchParams.set(parameter, database);
  return `${pathname}?${searchParams.toString()}`;
}

/** What a screen itself has written into its query. */
export function withoutDatabase(search: string): string {
  const own = new URLSearchParams(search);
  if (!own.has(parameter)) return search;
  own.delete(parameter);
  return own.toString();
}
