import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { sqlState } from '../failure.ts';
import { cancelKey, driverOf, type DriverConnection } from './driver.ts';
import { forgetPooler, requireOwnBackend } from '../pooler.ts';
import { openingStatement } from '../session-settings.ts';
import { SilenceWatch, type BackendActivity } from '../silence.ts';

export interface PreparedClientConfig extends pg.ClientConfig {
  /** Instead of the settings of session-settings.ts, or beside them. */
  settings: Readonly<Record<string, string>>;
  connectionTimeoutMillis: number;
  /** How long nothing may be heard from a server that does not confirm that it works. */
  silenceTimeoutMs: number;
  /** The text of a lock that others find this connection by: see OpenOptions. */
  mark?: string;
}

const queryCanceled = '57014';
/** For a connection that asks about another one. */
const inquiryLimitMs = 10_000;
const closeLimitMs = 2_000;
const noticeMs = 500;
const terminateTries = 6;
const terminatePauseMs = 5_000;

/**
 * A client of the driver that counts as connected once its session has our settings, and not before; and that gives up
 * a connection on which nothing is heard.
 */
export class PreparedClient extends pg.Client {
  readonly #config: PreparedClientConfig;
  /** What the server reports about itself at login and when it changes. */
  readonly #reported = new Map<string, string>();
  readonly #watch: SilenceWatch;
  #backendPid = 0;
  #connectedAt = 0;

  constructor(config: PreparedClientConfig) {
    super(config);
    this.#config = config;
    this.#driver.on('parameterStatus', ({ parameterName, parameterValue }) => {
      this.#reported.set(parameterName, parameterValue);
    });
    // The SQLSTATE of a refused write is the same on a standby and anywhere else. failure.ts tells them apart by this.
    this.#driver.on('errorMessage', (error) => {
      error.inHotStandby = this.#reported.get('in_hot_standby') === 'on';
    });
    // The cause may be a pooler that was restarted in another mode.
    this.on('error', () => forgetPooler(this));
    this.#watch = new SilenceWatch(
      {
        stream: () => this.stream,
        where: this.#where,
        inquire: { activity: () => this.#activity(), terminate: () => this.terminateLeft() },
      },
      config.silenceTimeoutMs,
    );
  }

  /** The process of the server that serves this connection. What the driver was told at login may be a pooler's invention. */
  get backendPid(): number {
    return this.#backendPid;
  }

  /** The socket, which the driver's types leave out. */
  get stream(): Socket {
    return this.#driver.stream;
  }

  /** Waits for work that the driver knows nothing of, and gives the connection up when the server falls silent meanwhile. */
  watched<T>(work: Promise<T>): Promise<T> {
    return this.#watch.during(work);
  }

  /** Does not wait until silence has lasted to ask whether the server is at work. */
  lookNow(): void {
    this.#watch.lookNow();
  }

  /** While nothing is read, nothing can be heard. */
  hold(held: boolean): void {
    this.#watch.hold(held);
  }

  /** As the driver's; what is waited for as a promise is watched. */
  override query = ((...given: unknown[]): unknown => {
    const answer = (super.query as (...given: unknown[]) => unknown)(...given);
    return answer instanceof Promise ? this.#watch.during(answer) : answer;
  }) as pg.Client['query'];

  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(callback?: unknown): Promise<pg.Client> | void {
    const connected = super.connect().then(() => this.#prepare());
    if (!callback) return connected;
    // What the driver calls with one error or a client has one type of its own for each.
    const answer = callback as (error: Error | null, client?: pg.Client) => void;
    connected.then((client) => answer(null, client), answer);
  }

  /** Says goodbye, and does not wait for a server that does not hear it. */
  override end(): Promise<void>;
  override end(callback: (error: Error) => void): void;
  override end(callback?: (error: Error) => void): Promise<void> | void {
    const limit = setTimeout(() => this.breakOff(), closeLimitMs);
    const ended = super.end().finally(() => clearTimeout(limit));
    if (!callback) return ended;
    const answer = callback as () => void;
    ended.then(answer, answer);
  }

  /** Cancels the statement under way, over another connection. @throws when no connection is available */
  async cancelStatement(): Promise<void> {
    await this.#elsewhere((other) =>
      other.query(`select pg_catalog.pg_cancel_backend(pid) from (${backend}) as it`, this.#identity()),
    );
  }

  /** Ends it at once, at both ends. */
  breakOff(): void {
    this.stream.destroy();
    void this.terminateLeft();
  }

  /**
   * For a connection that was broken off: ends the server process where it has not noticed that and still has its locks.
   * Tried for a while, as the network may be what is wrong. Never throws.
   */
  async terminateLeft(): Promise<void> {
    if (this.#backendPid === 0) return;
    const sql = `select pg_catalog.pg_terminate_backend(pid) from (${backend}) as it`;
    // Most have noticed by then, and are gone.
    await pause(noticeMs);
    for (let attempt = 1; attempt <= terminateTries; attempt++) {
      try {
        await this.#elsewhere((other) => other.query(sql, this.#identity()));
        return;
      } catch {
        await pause(terminatePauseMs, undefined, { ref: false });
      }
    }
  }

  async #activity(): Promise<BackendActivity | undefined> {
    return this.#elsewhere(async (other) => {
      const { rows } = await other.query<BackendActivity>(
        `select state, wait_event_type as "waitEventType", wait_event as "waitEvent" from (${backend}) as it`,
        this.#identity(),
      );
      return rows[0];
    });
  }

  #identity(): number[] {
    // A second less, because it is measured at both ends of a wire.
    return [this.#backendPid, Math.max(0, (performance.now() - this.#connectedAt) / 1_000 - 1)];
  }

  /** Does something on another connection to the same place, which nobody waits for longer than a bound. */
  async #elsewhere<T>(work: (other: pg.Client) => Promise<T>): Promise<T> {
    const limitMs = Math.min(inquiryLimitMs, this.#config.silenceTimeoutMs);
    const other = new PreparedClient({
      ...this.#plainConfig(),
      application_name: 'holdfast watch',
      connectionTimeoutMillis: limitMs,
      // It is not asked about in its turn: the limit below ends it.
      silenceTimeoutMs: 0,
      // Where a login acts as another role, only the login itself is shown what its processes do.
      settings: { role: 'none' },
    });
    other.on('error', () => {});
    let limit: NodeJS.Timeout | undefined;
    try {
      await other.connect();
      limit = setTimeout(() => other.stream.destroy(new Error('timeout expired')), limitMs);
      return await work(other);
    } finally {
      clearTimeout(limit);
      await other.end().catch(() => {});
    }
  }

  /** Without the socket, which is ours alone, and the lock. Some of it cannot be enumerated. */
  #plainConfig(): pg.ClientConfig {
    const { stream: _stream, mark: _mark, ...rest } = this.#config;
    const { password, ssl } = this.#config;
    return {
      ...rest,
      ...(password === undefined ? {} : { password }),
      ...(ssl === undefined ? {} : { ssl }),
    };
  }

  async #prepare(): Promise<pg.Client> {
    const limit = setTimeout(
      () => this.stream.destroy(new Error('timeout expired')),
      this.#config.connectionTimeoutMillis,
    );
    try {
      await this.#open();
      return this;
    } catch (error) {
      await this.end().catch(() => {});
      throw error;
    } finally {
      clearTimeout(limit);
    }
  }

  async #open(): Promise<void> {
    const { settings, mark } = this.#config;
    const opening = { serverVersion: this.#reported.get('server_version'), asked: settings, mark };
    const announced = cancelKey(this).processID;
    let pid = await this.#opening(openingStatement({ ...opening, onlyInProcess: announced }));
    if (pid === undefined) {
      // There is a pooler in between. Nothing has been set yet, and nothing must be if it shares connections.
      await requireOwnBackend(this, this.#plainConfig());
      pid = await this.#opening(openingStatement(opening));
    }
    this.#backendPid = pid ?? 0;
    this.#connectedAt = performance.now();
  }

  /**
   * Runs it until it has run to its end, and once more where that was under a statement_timeout: one of the role or database holds for the first,
   * and a busy server may need longer. One that strikes as the statement ends is noticed by the server only then, and ends the statement that comes
   * next.
   * @returns the server process; undefined when the statement found itself in another one than it was meant for
   */
  #opening(statement: string): Promise<number | undefined> {
    let first: Error | undefined;
    let ran = false;
    const answer = new Promise<number | undefined>((resolve, reject) => {
      // Sent before the driver looks at what follows the answer, so that what strikes late is taken for an answer to it.
      const send = (): void => super.query<OpeningRow>(statement, take);
      const take = (error: Error | null, result?: pg.QueryResult<OpeningRow>): void => {
        const row = result?.rows[0];
        first ??= error ?? undefined;
        // Where exit_on_error is set, the connection is gone after the first.
        if (error && sqlState(error) !== queryCanceled) reject(first ?? error);
        else if (error || (row && !ran && row.own_timeout !== '0')) {
          ran = !error;
          send();
        } else resolve(row?.backend_pid);
      };
      send();
    });
    return this.#watch.during(answer);
  }

  get #where(): string {
    return `${this.host}:${this.port}`;
  }

  get #driver(): DriverConnection {
    return driverOf(this);
  }
}

interface OpeningRow {
  backend_pid: number;
  own_timeout: string;
}

/** SQL of the server process of a connection: `$1`, if it has lived for as long as the connection, `$2` seconds. */
const backend = `select pid, state, wait_event_type, wait_event from pg_catalog.pg_stat_activity
  where pid = $1 and usename = session_user
    and pg_catalog.clock_timestamp() - backend_start >= pg_catalog.make_interval(secs => $2)`;
