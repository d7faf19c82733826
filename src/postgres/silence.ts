import type { Socket } from 'node:net';
import { HoldfastError } from '../base/errors.ts';

/** A verdict is asked for twice, so far apart: what the first saw may have been on its way to us. */
const secondLookMs = 1_000;
/**
 * What we have sent may still be on its way: the kernel takes some megabytes off our hands and sends them as fast as the
 * network lets it. A slower one than this counts as dead.
 */
const slowestBytesPerSecond = 20_000;
const kernelHoldsBytes = 4 * 1024 * 1024;

/** What another connection saw of a server process. */
export interface BackendActivity {
  state: string | null;
  waitEventType: string | null;
  waitEvent: string | null;
}

/** Asks the server, over a connection of its own, about the process that serves the watched one. */
export interface BackendInquiry {
  /** Undefined when there is no such process any more. */
  activity(): Promise<BackendActivity | undefined>;
  /** Ends it. Never throws. */
  terminate(): Promise<void>;
}

export interface Watched {
  /** As it is now: under TLS it is another one than at first. */
  stream(): Socket;
  /** `host:port`, for messages. */
  where: string;
  inquire: BackendInquiry;
}

/**
 * Notices that nothing is heard of a server that should answer. Silence alone is no death: it builds an index, or waits
 * for a lock. So the server is asked what the process does, and only where it does not confirm that it works is the
 * connection given up: its callers then get CONNECTION_STALLED.
 */
export class SilenceWatch {
  readonly #watched: Watched;
  readonly #limitMs: number;
  #waiting = 0;
  #held = false;
  #asking = false;
  /** How much had been read and written when something was heard last. */
  #heard = { read: 0, written: 0 };
  /** Since when nothing has been read or written. */
  #silentSince = 0;
  readonly #onSilence = (): void => void this.#silent(` for ${Math.round(this.#limitMs / 100) / 10} s`);

  constructor(watched: Watched, limitMs: number) {
    this.#watched = watched;
    this.#limitMs = limitMs;
  }

  /** Watches while this waits for the server, to send or to receive. */
  async during<T>(work: Promise<T>): Promise<T> {
    if (++this.#waiting === 1) this.#listen();
    try {
      return await work;
    } finally {
      const stream = this.#watched.stream();
      if (stream.bytesRead !== this.#heard.read) {
        this.#heard = { read: stream.bytesRead, written: stream.bytesWritten };
      }
      this.#silentSince = 0;
      if (--this.#waiting === 0) stream.setTimeout(0).off('timeout', this.#onSilence);
    }
  }

  /** While we do not read, nothing can be heard. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#again();
  }

  lookNow(): void {
    void this.#silent('');
  }

  #listen(): void {
    this.#watched.stream().setTimeout(this.#limitMs).on('timeout', this.#onSilence);
  }

  /** The socket calls this when nothing was read or written for as long as the limit. */
  async #silent(forSoLong: string): Promise<void> {
    if (this.#waiting === 0 || this.#asking) return;
    this.#asking = true;
    this.#silentSince ||= performance.now();
    try {
      const reason = this.#held ? undefined : await this.#stalled();
      if (reason === undefined) this.#again();
      else this.#giveUp(`${forSoLong}, and ${reason}`);
    } finally {
      this.#asking = false;
    }
  }

  #again(): void {
    const stream = this.#watched.stream();
    if (this.#waiting > 0 && !stream.destroyed) stream.setTimeout(this.#limitMs);
  }

  #giveUp(how: string): void {
    this.#watched
      .stream()
      .destroy(
        new HoldfastError('CONNECTION_STALLED', `No answer from the server at ${this.#watched.where}${how}.`),
      );
    void this.#watched.inquire.terminate();
  }

  /** @returns why the connection is of no more use; undefined when it is, or something was heard meanwhile */
  async #stalled(): Promise<string | undefined> {
    const stream = this.#watched.stream();
    const heard = stream.bytesRead;
    if (!(await this.#verdict())) return undefined;
    await new Promise((resolve) => setTimeout(resolve, secondLookMs));
    const stall = await this.#verdict();
    const alive = stream.destroyed || stream.bytesRead !== heard || this.#waiting === 0 || this.#held;
    if (alive || !stall || (stall.awaitsUs && this.#mayBeOnItsWay(stream))) return undefined;
    return stall.reason;
  }

  #mayBeOnItsWay(stream: Socket): boolean {
    const sent = Math.min(stream.bytesWritten - this.#heard.written, kernelHoldsBytes);
    return performance.now() - this.#silentSince < (sent / slowestBytesPerSecond) * 1_000;
  }

  async #verdict(): Promise<Stall | undefined> {
    try {
      return stallOf(await this.#watched.inquire.activity());
    } catch (error) {
      const reason = `it does not answer on another connection either: ${(error as Error).message}`;
      return { reason, awaitsUs: false };
    }
  }
}

interface Stall {
  /** What is wrong, as the end of a sentence. */
  reason: string;
  /** The server has nothing to do until it gets more from us. */
  awaitsUs: boolean;
}

/** @returns undefined for a server process that is at work */
function stallOf(activity: BackendActivity | undefined): Stall | undefined {
  if (activity === undefined) {
    return { reason: 'the server has no process for this connection any more', awaitsUs: false };
  }
  const { state, waitEventType, waitEvent } = activity;
  if (state?.startsWith('idle')) {
    return {
      reason: `the server says that it has answered, or never received the request (${state})`,
      awaitsUs: true,
    };
  }
  if (waitEventType !== 'Client') return undefined;
  if (waitEvent === 'ClientWrite') {
    return { reason: 'the server says that it cannot send its answer (ClientWrite)', awaitsUs: false };
  }
  return { reason: `the server says that it waits for us to send (${waitEvent})`, awaitsUs: true };
}
