/**
 * The addresses of the page and the API as the browser sees them; the server knows only its own side of a proxy. Read once
 * at the start, because `<base>` is relative to the address at which the page was opened.
 */
const page = new URL('.', document.baseURI);

/** For the router: without the trailing slash. */
export const pageRoot = page.pathname.replace(/\/$/, '');

export const apiUrl = new URL('..', page).href;
