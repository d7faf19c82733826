/**
 * A token in the address, as `npm start` prints it. It is removed from the address and the browser's history at once, used
 * or not.
 */
let given = readAddress();

function readAddress(): string | null {
  const token = /^#token=([\x21-\x7e]+)$/.exec(window.location.hash)?.[1] ?? null;
  if (token !== null) {
    const { pathname, search } = window.location;
    window.history.replaceState(window.history.state, '', pathname + search);
  }
  return token;
}

/** The token, once: it signs in when the page is opened, and not again after signing out. */
export function takeGivenToken(): string | null {
  const token = given;
  given = null;
  return token;
}
