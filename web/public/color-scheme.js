// Before anything is drawn, so that nothing flashes: the scheme that was chosen here, or the system's.
(() => {
  let chosen = 'auto';
  try {
    chosen = localStorage.getItem('holdfast-color-scheme') || 'auto';
  } catch {
    // Storage is switched off; then the system decides.
  }
  const dark = chosen === 'auto' ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark';
  const root = document.documentElement;
  root.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  root.style.colorScheme = dark ? 'dark' : 'light';
})();
