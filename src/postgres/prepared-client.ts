import type { Duplex } from 'node:stream';
import pg from 'pg';
import { sqlState } from './failure.ts';
import { openingStatement } from './session-settings.ts';

export interface PreparedClientConfig extends pg.ClientConfig {
  /** Instead of the settings of session-settings.ts, or beside them. */
  settings: Readonly<Record<string, string>>;
  connectionTimeoutMillis: number;
}

const queryCanceled = '57014';
/** A statement_timeout of the role or database holds for the first statement, which a busy server may need longer for. */
const openingTries = 10;

/** A client of the driver that counts as connected once its session has our settings, and not before. */
export class PreparedClient extends pg.Client {
  readonly #config: PreparedClientConfig;
  /** What the server reports about itself at login and when it changes. */
  readonly #reported = new Map<string, string>();

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
  }

  override connect(): Promise<pg.Client>;
  override connect(callback: ((error: Error) => void) | ((error: null, client: pg.Client) => void)): void;
  override connect(callback?: unknown): Promise<pg.Client> | void {
    const connected = super.connect().then(() => this.#prepare());
    if (!callback) return connected;
    // What the driver calls with one error or a client has one type of its own for each.
    const answer = callback as (error: Error | null, client?: pg.Client) => void;
    connected.then((client) => answer(null, client), answer);
  }

  async #prepare(): Promise<pg.Client> {
    const limit = setTimeout(
      () => this.#driver.stream.destroy(new Error('timeout expired')),
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
    const statement = openingStatement(this.#reported.get('server_version'), this.#config.settings);
    let first: unknown;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.query(statement);
        return;
      } catch (error) {
        // Where exit_on_error is set, the connection is gone after the first.
        first ??= error;
        if (sqlState(error) !== queryCanceled || attempt === openingTries) throw first;
      }
    }
  }

  get #driver(): DriverConnection {
    return (this as unknown as { connection: DriverConnection }).connection;
  }
}

/** What we use of the driver's connection; its type declarations leave it out. */
interface DriverConnection {
  stream: Duplex;
  on(
    event: 'parameterStatus',
    listener: (report: { parameterName: string; parameterValue: string }) => void,
  ): void;
  on(event: 'errorMessage', listener: (error: { inHotStandby?: boolean }) => void): void;
}
