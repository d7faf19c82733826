const reloadedAt = 'holdfast-reloaded-at';
const againAfterMs = 60_000;

/**
 * After an upgrade of the server, an open tab asks for files of the old page that no longer exist. Reloading fixes that; only
 * once a minute, so that another fault does not reload for ever.
 */
export function reloadWhenOutdated(): void {
  window.addEventListener('vite:preloadError', (event) => {
    try {
      const last = Number(sessionStorage.getItem(reloadedAt) ?? 0);
      if (Date.now() - last < againAfterMs) return;
      sessionStorage.setItem(reloadedAt, String(Date.now()));
    } catch {
      // Without storage it is unknown whether the page was reloaded already.
      return;
    }
    event.preventDefault();
    window.location.reload();
  });
}
