const reloadedAt = 'holdfast-reloaded-at';
const againAfterMs = 60_000;

/**
 * A tab that was open while the server got a new version looks for parts of the page that are not there any more. Loading it
 * again mends that; once, so that something else that is wrong does not do it for ever.
 */
export function reloadWhenOutdated(): void {
  window.addEventListener('vite:preloadError', (event) => {
    try {
      const last = Number(sessionStorage.getItem(reloadedAt) ?? 0);
      if (Date.now() - last < againAfterMs) return;
      sessionStorage.setItem(reloadedAt, String(Date.now()));
    } catch {
      // Without storage nobody knows whether it was done already.
      return;
    }
    event.preventDefault();
    window.location.reload();
  });
}
