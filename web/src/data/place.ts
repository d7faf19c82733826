/**
 * Where the page and the API stand, as the browser sees it: the server only knows its own side of a proxy. Read once,
 * at the start: `<base>` is relative to the address the page was opened at.
 */
const page = new URL('.', document.baseURI);

/** For the router: without the slash at the end. */
export const pageRoot = page.pathname.replace(/\/$/, '');

export const apiUrl = new URL('..', page).href;
