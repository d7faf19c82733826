/**
 * Styles that libraries make while the page runs need the nonce of its policy. Mantine is handed it; the library that
 * locks the scrolling behind a dialog looks for this name.
 */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

Object.assign(globalThis, { __webpack_nonce__: styleNonce });
