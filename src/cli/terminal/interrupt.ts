const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `first` at the first Ctrl-C (or SIGTERM, or when the terminal goes away); a second one leaves at once.
 * Returns what takes the listeners away again.
 */
export function onInterrupt(first: () => void, leaving: () => void = () => {}): () => void {
  let asked = false;
  const listener = (): void => {
    if (asked) {
      leaving();
      process.exit(130);
    }
    asked = true;
    first();
  };
  for (const signal of signals) process.on(signal, listener);
  return () => {
    for (const signal of signals) process.off(signal, listener);
  };
}
