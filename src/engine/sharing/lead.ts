import { setTimeout as pause } from 'node:timers/promises';
import type { KeyObject } from 'node:crypto';
import { sum } from '../../base/sum.ts';
import { readLetter, writeLetter } from './letters.ts';
import type { LeadPlace, SharedState } from './sharing.ts';

/** How often the lead looks what its helpers have done, and whether there are any. */
const lookEveryMs = 100;
const lookForHelpersEveryMs = 400;
/** How long the catalog may not answer before the run fails. */
const patienceMs = 60_000;
/** A server that does not answer is not waited for. */
const endLimitMs = 2_000;
/** Pieces that are given away for each connection of a helper, so that none has to wait for the lead. */
const piecesAhead = 2;

/** The lead's end of a run that others may join. */
export interface SharedLead {
  /** How many more pieces would be begun soon. */
  readonly wanted: number;
  /** Pieces that were given away and are not back. */
  readonly out: number;
  /**
   * Gives a piece away. Call it only while one is wanted.
   * @returns what a helper reported; undefined when the lead has to do it itself
   */
  give(piece: unknown): Promise<{ reported: unknown } | undefined>;
  /** Has pieces come back that nobody has begun, if there are any; one for each call. */
  takeBack(): void;
  /** Resolves at the next change. */
  changed(): Promise<void>;
  /** Nobody can report anything any more. Does not throw. */
  end(): Promise<void>;
}

interface Given {
  letter: Uint8Array;
  /** Whether the catalog has it for certain. */
  put: boolean;
  back(result: { reported: unknown } | undefined): void;
}

export interface LeadOptions {
  /** What those that join have to know. */
  terms: unknown;
  /** Seals what they are told and report. */
  key: KeyObject | undefined;
  /** Called once, when the catalog does not answer for a minute. */
  fail(error: unknown): void;
  /** Called with the number of machines, this one included, now and then. */
  onMachines(count: number): void;
}

/** Lets others join a run. */
export async function leadRun(
  place: LeadPlace,
  { terms, key, fail, onMachines }: LeadOptions,
): Promise<SharedLead> {
  const given = new Map<number, Given>();
  const ended = new AbortController();
  let helpers: SharedState['helpers'] = [];
  let count = 0;
  let wantedBack = 0;
  let change = Promise.withResolvers<void>();
  const say = (): void => {
    change.resolve();
    change = Promise.withResolvers();
  };

  function bring(piece: number, result: { reported: unknown } | undefined): void {
    const entry = given.get(piece);
    if (!entry) return;
    given.delete(piece);
    entry.back(result);
  }

  function opened(piece: number, letter: Uint8Array): { reported: unknown } | undefined {
    try {
      return { reported: readLetter(letter, aboutResult(place.run, piece), key) };
    } catch {
      place.note('warn', 'what a helper reported was not sealed with the key of the store, and is not used');
      return undefined;
    }
  }

  async function look(): Promise<void> {
    const unsent = [...given].filter(([, entry]) => !entry.put);
    if (unsent.length > 0) {
      await place.put(unsent.map(([piece, { letter }]) => ({ piece, content: letter })));
      for (const [, entry] of unsent) entry.put = true;
    }
    for (; wantedBack > 0; wantedBack--) {
      const piece = await place.takeBack();
      if (piece === undefined) wantedBack = 1;
      else bring(piece, undefined);
    }
    const certain = [...given].flatMap(([piece, { put }]) => (put ? [piece] : []));
    const state = await place.look();
    for (const { piece, result, refused } of state.ended) {
      if (refused !== null)
        place.note('warn', `a helper could not do its part, so this process does it: ${refused}`);
      bring(piece, result === null ? undefined : opened(piece, result));
    }
    // What has gone without an answer, as when that was lost on its way, is done here.
    const open = new Set(state.open);
    for (const piece of certain) if (!open.has(piece)) bring(piece, undefined);
    for (const { host, because } of state.left)
      place.note('info', `${host} works on it no longer: ${because}`);
    for (const { helper, host } of state.helpers) {
      if (helpers.every((known) => known.helper !== helper)) place.note('info', `${host} works on it too`);
    }
    helpers = state.helpers;
    onMachines(1 + helpers.length);
  }

  async function keepLooking(): Promise<void> {
    let silentSince: number | undefined;
    while (!ended.signal.aborted) {
      try {
        await look();
        silentSince = undefined;
      } catch (error) {
        silentSince ??= performance.now();
        if (performance.now() - silentSince > patienceMs) return fail(error);
      }
      say();
      const everyMs = helpers.length > 0 || given.size > 0 ? lookEveryMs : lookForHelpersEveryMs;
      await pause(everyMs, undefined, { signal: ended.signal, ref: false }).catch(() => {});
    }
  }

  await place.offer(writeLetter(terms, aboutTerms(place.run), key));
  const looking = keepLooking();
  return {
    get wanted() {
      const places = sum(helpers.map(({ connections }) => connections));
      return Math.max(0, places * piecesAhead - given.size);
    },
    get out() {
      return given.size;
    },
    give(piece) {
      const number = count++;
      const letter = writeLetter(piece, aboutPiece(place.run, number), key);
      const { promise, resolve } = Promise.withResolvers<{ reported: unknown } | undefined>();
      given.set(number, { letter, put: false, back: resolve });
      return promise;
    },
    takeBack() {
      wantedBack++;
    },
    changed: () => change.promise,
    async end() {
      ended.abort();
      // Should this fail or take too long, the rows go with those of the next run that is shared.
      const ending = looking.then(() => place.end()).catch(() => {});
      await Promise.race([ending, pause(endLimitMs, undefined, { ref: false })]);
      onMachines(1);
      say();
    },
  };
}

export const aboutTerms = (run: string): string => `${run} terms`;
export const aboutPiece = (run: string, piece: number): string => `${run} piece ${piece}`;
export const aboutResult = (run: string, piece: number): string => `${run} result ${piece}`;
