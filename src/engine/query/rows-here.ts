import { HoldfastError } from '../../base/errors.ts';
import { sum } from '../../base/sum.ts';
import { bytes } from '../../base/units.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { evaluated, putIntoForce } from '../plan/evaluation.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { loadPart } from '../restore/load-table.ts';
import { openSession } from '../restore/new-database.ts';
import { rebuildFailure, type Rebuild } from '../restore/rebuild.ts';
import type { MadeDefinitions } from './definitions.ts';
import { lockedRelations, type NamedRelation } from './named.ts';

export interface Filling {
  store: Store;
  /** Raw bytes of all tables that are here at once. */
  bytesMax: number;
  jobs: number;
  signal: AbortSignal;
}

/** Which tables of a scratch database have their rows. */
export class RowsHere {
  readonly #manifest: Manifest;
  readonly #filler: ConnectionTarget;
  readonly #rebuild: Rebuild;
  readonly #withoutParts: MadeDefinitions['withoutParts'];
  readonly #byName: Map<string, ManifestTable>;
  readonly #loaded = new Set<ManifestTable>();
  readonly #refreshed = new Set<string>();
  #sound = true;

  constructor(
    manifest: Manifest,
    filler: ConnectionTarget,
    rebuild: Rebuild,
    withoutParts: MadeDefinitions['withoutParts'],
  ) {
    this.#manifest = manifest;
    this.#filler = filler;
    this.#rebuild = rebuild;
    this.#withoutParts = withoutParts;
    this.#byName = new Map(manifest.tables.map((table) => [quoteName(table), table]));
  }

  /** Whether it is known what is here: not after a failure half way. */
  get sound(): boolean {
    return this.#sound;
  }

  /** Tables with rows that are not here. */
  get lacking(): ManifestTable[] {
    return this.#manifest.tables.filter(
      (table) => table.kind === 'table' && table.rows > 0 && !this.#loaded.has(table),
    );
  }

  /** Those of some relations that are not as they are in the backup yet. @throws QUERY_FAILED for one whose rows it cannot have */
  lackingOf(named: readonly NamedRelation[]): NamedRelation[] {
    return named.filter((relation) => {
      this.#requireParts(relation);
      if (relation.kind === 'p') return false;
      if (relation.kind === 'm') return !this.#refreshed.has(quoteName(relation));
      const table = this.#tableOf(relation);
      return table.rows > 0 && !this.#loaded.has(table);
    });
  }

  /**
   * Fetches their rows.
   * @throws QUERY_TOO_LARGE before anything is read; CHUNK_MISSING, CHUNK_CORRUPT, PROOF_FAILED; what the server says
   */
  async fetch(named: readonly NamedRelation[], filling: Filling): Promise<void> {
    const tables = named.filter(({ kind }) => kind === 'r').map((relation) => this.#tableOf(relation));
    await this.load(tables, filling);
    for (const view of named.filter(({ kind }) => kind === 'm')) await this.#refresh(view, filling);
  }

  /** Takes all rows out again. @returns whether there were any */
  async empty(signal: AbortSignal): Promise<boolean> {
    const names = new Set([...this.#loaded].map((table) => quoteName(table)));
    if (names.size === 0) return false;
    this.#sound = false;
    const session = await this.#open(signal);
    try {
      await session.execute(`truncate table only ${[...names].join(', only ')}`);
      this.#loaded.clear();
    } finally {
      await session.close();
    }
    this.#sound = true;
    return true;
  }

  async load(wanted: readonly ManifestTable[], { store, bytesMax, jobs, signal }: Filling): Promise<void> {
    const tables = this.#withSiblings(wanted).filter((table) => !this.#loaded.has(table) && table.rows > 0);
    if (tables.length === 0) return;
    this.#requireRoom(tables, bytesMax);
    this.#sound = false;
    const queue = tables.toSorted((a, b) => a.rawBytes - b.rawBytes);
    const failing = new AbortController();
    const either = AbortSignal.any([signal, failing.signal]);
    const meter = new ProgressMeter({ signal, report: () => {} }, tables.length, 0);
    const work = async (): Promise<void> => {
      const session = await this.#open(either);
      try {
        for (let table = queue.pop(); table; table = queue.pop()) {
          await loadPart(session, store, table, table.ranges, meter, { isNew: table.loadVia === null });
          await session.execute(`commit; analyze ${quoteName(table.loadVia ?? table)}`);
          this.#loaded.add(table);
        }
      } catch (error) {
        failing.abort(error);
        throw error;
      } finally {
        await session.close();
      }
    };
    try {
      const done = await Promise.allSettled(Array.from({ length: Math.min(jobs, tables.length) }, work));
      if (failing.signal.aborted) throw failing.signal.reason;
      const failed = done.find((each) => each.status === 'rejected');
      if (failed) throw failed.reason;
      this.#sound = true;
    } finally {
      meter.stop();
    }
  }

  /** Until what it reads, which its own refresh shows, is here. */
  async #refresh(view: NamedRelation, filling: Filling): Promise<void> {
    const session = await this.#open(filling.signal);
    try {
      for (;;) {
        const refresh = evaluated(this.#rebuild.evaluation, `refresh materialized view ${quoteName(view)}`);
        await session.execute(`begin; ${refresh}`).catch((error: unknown) => {
          throw rebuildFailure(error, `The materialized view ${displayName(view)}`, 'refresh');
        });
        const read = await lockedRelations(session, session.client.backendPid);
        const lacking = this.lackingOf(read.filter((each) => quoteName(each) !== quoteName(view)));
        if (lacking.length === 0) break;
        await session.execute('rollback');
        await this.fetch(lacking, filling);
      }
      await session.execute('commit');
      this.#refreshed.add(quoteName(view));
    } finally {
      await session.close();
    }
  }

  async #open(signal: AbortSignal): Promise<Session> {
    const session = await openSession(this.#filler, this.#manifest, signal, 'holdfast query');
    await putIntoForce(session, this.#rebuild.evaluation);
    return session;
  }

  #requireParts(relation: NamedRelation): void {
    const lacking = this.#withoutParts.get(quoteName(relation));
    if (lacking === undefined) return;
    throw new HoldfastError(
      'QUERY_FAILED',
      `The scratch database has not all of ${displayName(relation)}. It does not have ${lacking}.`,
      { hint: 'Ask its other partitions by their own names.' },
    );
  }

  #tableOf(relation: NamedRelation): ManifestTable {
    const name = displayName(relation);
    const table = this.#byName.get(quoteName(relation));
    if (table?.kind === 'table') return table;
    throw new HoldfastError(
      'QUERY_FAILED',
      table
        ? `${name} belongs to an extension, whose tables a scratch database does not fill.`
        : `The backup has no rows of ${name}.`,
      { hint: 'Leave it out of the statement; holdfast rows shows what the backup has of a table.' },
    );
  }

  /** Rows of partitions that are loaded through their parent may go to any of them. */
  #withSiblings(tables: readonly ManifestTable[]): ManifestTable[] {
    const parents = new Set(tables.flatMap(({ loadVia }) => (loadVia ? [quoteName(loadVia)] : [])));
    if (parents.size === 0) return [...tables];
    const siblings = this.#manifest.tables.filter(
      ({ loadVia }) => loadVia && parents.has(quoteName(loadVia)),
    );
    return [...new Set([...tables, ...siblings])];
  }

  #requireRoom(tables: readonly ManifestTable[], bytesMax: number): void {
    const here = sum([...this.#loaded].map(({ rawBytes }) => rawBytes));
    const wanted = sum(tables.map(({ rawBytes }) => rawBytes));
    if (here + wanted <= bytesMax) return;
    const largest = tables.toSorted((a, b) => b.rawBytes - a.rawBytes).slice(0, 5);
    throw new HoldfastError(
      'QUERY_TOO_LARGE',
      `The statement needs ${bytes(wanted)} of rows${here > 0 ? ` beside the ${bytes(here)} that are there` : ''}, and a scratch database takes ${bytes(bytesMax)}: ${largest.map((table) => `${displayName(table)} ${bytes(table.rawBytes)}`).join(', ')}.`,
      { details: { rawBytes: here + wanted, rawBytesMax: bytesMax, tables: largest.map(displayName) } },
    );
  }
}
