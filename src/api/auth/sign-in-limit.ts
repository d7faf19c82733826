import { HoldfastError } from '../../base/errors.ts';

/** How many wrong tokens per minute are answered as wrong: from one address, and in total. */
const perAddress = 10;
const inAll = 100;
const windowMs = 60_000;
/** Addresses remembered at once. The oldest is dropped; the total limit still applies. */
const addresses = 1_000;

export interface SignInLimit {
  /** A token was wrong. @throws RATE_LIMITED when there were too many of them before */
  failed(request: Request): void;
}

interface Window {
  failures: number;
  endsAt: number;
}

/**
 * Slows down guessing of tokens, in this process. The right token is never refused: otherwise anyone could lock the admins
 * out by guessing. There are no accounts to count by: a token is the account. Tokens in the Authorization header are not
 * limited.
 */
export function signInLimit(now: () => number = Date.now): SignInLimit {
  const windows = new Map<string, Window>();
  let all: Window = { failures: 0, endsAt: 0 };

  const waitOf = (window: Window | undefined, limit: number): number =>
    window && window.failures >= limit ? Math.max(0, window.endsAt - now()) : 0;
  const counted = (window: Window | undefined): Window =>
    window && window.endsAt > now()
      ? { ...window, failures: window.failures + 1 }
      : { failures: 1, endsAt: now() + windowMs };

  const count = (address: string): void => {
    all = counted(all);
    const window = counted(windows.get(address));
    windows.delete(address);
    windows.set(address, window);
    const [oldest] = windows.keys();
    if (windows.size > addresses) windows.delete(oldest!);
  };

  return {
    failed(request) {
      const address = addressOf(request);
      const wait = Math.max(waitOf(windows.get(address), perAddress), waitOf(all, inAll));
      if (wait === 0) return count(address);
      const seconds = Math.ceil(wait / 1_000);
      throw new HoldfastError('RATE_LIMITED', 'There were too many sign-ins with a wrong token.', {
        hint: `Try again in ${seconds} seconds.`,
        details: { retryAfterSeconds: seconds },
      });
    },
  };
}

/**
 * The address of the caller according to the nearest proxy, which adds the last entry. Without a proxy a caller can write
 * anything there; the total limit covers that.
 */
function addressOf(request: Request): string {
  const last = request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim();
  return last?.slice(0, 64) ?? '';
}
