import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { HoldfastError } from '../../../base/errors.ts';
import type { Logger } from '../../../base/logger.ts';
import { isLoopback } from '../../../contract/oidc-settings.ts';
import { fetchJson, NoAnswer } from './fetch-json.ts';

export type KeySet = ReturnType<typeof createLocalJWKSet>;

/** How long keys are used before the issuer is asked again: a key that it withdraws opens nothing afterwards. */
const keptMs = 10 * 60_000;
/** At most this often the issuer is asked because of a key that it has not named: anyone can make up the name of one. */
const renewalMs = 30_000;
/** After a failure it is left alone for this time. */
const pauseMs = 5_000;
/** For its description and its keys together. */
export const askingMs = 5_000;

/** The public keys of an issuer, found by its description. One question to it at a time, for all who wait. */
export interface IssuerKeys {
  /** @throws ISSUER_UNAVAILABLE when there are none that are new enough */
  current(): Promise<KeySet>;
  /**
   * Asks the issuer again, because these do not have a key.
   * @returns undefined where it was asked a moment ago
   * @throws ISSUER_UNAVAILABLE
   */
  newer(): Promise<KeySet | undefined>;
  /** Also those that are too old. Undefined where there were never any. */
  latest(): KeySet | undefined;
}

export function issuerKeys(issuer: string, logger: Logger): IssuerKeys {
  let kept: { keys: KeySet; at: number } | undefined;
  let failed: { error: HoldfastError; at: number } | undefined;
  let asking: Promise<KeySet> | undefined;

  const ask = (): Promise<KeySet> => {
    if (failed && isWithin(failed.at, pauseMs)) throw failed.error;
    asking ??= readKeys(issuer)
      .then(
        (keys) => {
          kept = { keys, at: Date.now() };
          failed = undefined;
          return keys;
        },
        (error: unknown) => {
          const failure = unavailable(issuer, error);
          failed = { error: failure, at: Date.now() };
          logger.log('warn', failure.message, { code: failure.code });
          throw failure;
        },
      )
      .finally(() => (asking = undefined));
    return asking;
  };

  return {
    async current() {
      return kept && isWithin(kept.at, keptMs) ? kept.keys : ask();
    },
    async newer() {
      return kept && isWithin(kept.at, renewalMs) && !asking ? undefined : ask();
    },
    latest: () => kept?.keys,
  };
}

/** A clock that was set back makes no keys eternal. */
function isWithin(at: number, limitMs: number): boolean {
  return Math.abs(Date.now() - at) < limitMs;
}

/** @throws NoAnswer */
async function readKeys(issuer: string): Promise<KeySet> {
  const signal = AbortSignal.timeout(askingMs);
  const { addressOf } = await readDescription(issuer, signal);
  const set = await fetchJson(addressOf('jwks_uri'), signal);
  try {
    return createLocalJWKSet(set as unknown as JSONWebKeySet);
  } catch {
    throw new NoAnswer('what it answers is no set of keys');
  }
}

export interface Description {
  readonly values: Readonly<Record<string, unknown>>;
  /** @throws NoAnswer where it is none that the answer cannot be changed on the way to */
  addressOf(name: string): URL;
}

/** What an issuer says of itself. @throws NoAnswer */
export async function readDescription(issuer: string, signal: AbortSignal): Promise<Description> {
  const base = issuer.replace(/\/$/, '');
  const values = await fetchJson(new URL(`${base}/.well-known/openid-configuration`), signal);
  // Exactly: else one issuer could give out the keys of another.
  if (values['issuer'] !== issuer) throw new NoAnswer('its description names another issuer');
  return {
    values,
    addressOf(name) {
      const address = values[name];
      const url = typeof address === 'string' ? URL.parse(address) : null;
      const isLocal = url?.protocol === 'http:' && isLoopback(url) && isLoopback(new URL(issuer));
      if (url && (url.protocol === 'https:' || isLocal)) return url;
      throw new NoAnswer(`its description has no ${name} that begins with https://`);
    },
  };
}

export function unavailable(issuer: string, error: unknown): HoldfastError {
  const why = error instanceof NoAnswer ? error.message : 'it could not be asked';
  return new HoldfastError('ISSUER_UNAVAILABLE', `The identity provider ${issuer} cannot be asked: ${why}.`, {
    cause: error,
    details: { issuer },
  });
}
