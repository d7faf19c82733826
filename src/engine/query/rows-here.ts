import { HoldfastError } from '../../base/errors.ts';
import { sum } from '../../base/sum.ts';
import { bytes } from '../../base/units.ts';
import type { Manifest, ManifestRange, ManifestTable } from '../../format/manifest.ts';
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
import type { ReadTally } from './read-tally.ts';
import type { Restrictions } from './restrictions.ts';

export interface Filling {
  store: Store;
  /** Raw bytes of all rows that are here at once. */
  bytesMax: number;
  jobs: number;
  signal: AbortSignal;
  /** Counts what is read. */
  tally: ReadTally;
}

/** A relation that a statement reads and that is not as it is in the backup yet. */
export interface Lacking {
  relation: NamedRelation;
  /** The ranges of a table whose rows are not here. */
  ranges: readonly ManifestRange[];
}

/** Ranges of a table that are to be loaded. */
interface Wanted {
  table: ManifestTable;
  ranges: readonly ManifestRange[];
}

/** Which rows a scratch database has. */
export class RowsHere {
  readonly #manifest: Manifest;
  readonly #filler: ConnectionTarget;
  readonly #rebuild: Rebuild;
  readonly #withoutParts: MadeDefinitions['withoutParts'];
  readonly #byName: Map<string, ManifestTable>;
  readonly #here = new Map<ManifestTable, Set<ManifestRange>>();
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
      (table) => table.kind === 'table' && this.#lackingRanges(table, table.ranges).length > 0,
    );
  }

  /**
   * Those of some relations that are not as they are in the backup yet.
   * @param restrictions what is read of them. Default: all
   * @throws QUERY_FAILED for one whose rows it cannot have
   */
  lackingOf(named: readonly NamedRelation[], restrictions?: Restrictions): Lacking[] {
    return named.flatMap((relation) => {
      this.#requireParts(relation);
      if (relation.kind === 'p') return [];
      if (relation.kind === 'm')
        return this.#refreshed.has(quoteName(relation)) ? [] : [{ relation, ranges: [] }];
      const table = this.#tableOf(relation);
      const ranges = this.#lackingRanges(table, restrictions?.rangesOf(table) ?? table.ranges);
      return ranges.length === 0 ? [] : [{ relation, ranges }];
    });
  }

  /**
   * Fetches their rows.
   * @throws QUERY_TOO_LARGE before anything is read; CHUNK_MISSING, CHUNK_CORRUPT, PROOF_FAILED; what the server says
   */
  async fetch(lacking: readonly Lacking[], filling: Filling): Promise<void> {
    const tables = lacking.filter(({ relation }) => relation.kind === 'r');
    await this.#load(
      tables.map(({ relation, ranges }) => ({ table: this.#tableOf(relation), ranges })),
      filling,
    );
    for (const { relation } of lacking) {
      if (relation.kind === 'm') await this.#refresh(relation, filling);
    }
  }

  /** Takes all rows out again. @returns whether there were any */
  async empty(signal: AbortSignal): Promise<boolean> {
    const names = new Set([...this.#here.keys()].map((table) => quoteName(table)));
    if (names.size === 0) return false;
    this.#sound = false;
    const session = await this.#open(signal);
    try {
      await session.execute(`truncate table only ${[...names].join(', only ')}`);
      this.#here.clear();
    } finally {
      await session.close();
    }
    this.#sound = true;
    return true;
  }

  /** All rows of some tables. */
  load(tables: readonly ManifestTable[], filling: Filling): Promise<void> {
    return this.#load(
      tables.map((table) => ({ table, ranges: table.ranges })),
      filling,
    );
  }

  async #load(wanted: readonly Wanted[], { store, bytesMax, jobs, signal, tally }: Filling): Promise<void> {
    const parts = this.#withSiblings(wanted)
      .map(({ table, ranges }) => ({ table, ranges: this.#lackingRanges(table, ranges) }))
      .filter(({ ranges }) => ranges.length > 0);
    if (parts.length === 0) return;
    this.#requireRoom(parts, bytesMax);
    this.#sound = false;
    const queue = parts.toSorted((a, b) => rawBytesOf(a.ranges) - rawBytesOf(b.ranges));
    const failing = new AbortController();
    const either = AbortSignal.any([signal, failing.signal]);
    const meter = new ProgressMeter({ signal, report: () => {} }, parts.length, 0);
    const work = async (): Promise<void> => {
      const session = await this.#open(either);
      try {
        for (let part = queue.pop(); part; part = queue.pop()) {
          const { table, ranges } = part;
          const here = this.#here.get(table);
          await loadPart(session, store, table, ranges, meter, { isNew: table.loadVia === null && !here });
          await session.execute(`commit; analyze ${quoteName(table.loadVia ?? table)}`);
          this.#here.set(table, new Set([...(here ?? []), ...ranges]));
          tally.add(table, ranges);
        }
      } catch (error) {
        failing.abort(error);
        throw error;
      } finally {
        await session.close();
      }
    };
    try {
      const done = await Promise.allSettled(Array.from({ length: Math.min(jobs, parts.length) }, work));
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

  #lackingRanges(table: ManifestTable, ranges: readonly ManifestRange[]): ManifestRange[] {
    const here = this.#here.get(table);
    return ranges.filter((range) => range.rows > 0 && !here?.has(range));
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
  #withSiblings(wanted: readonly Wanted[]): Wanted[] {
    const parents = new Set(
      wanted.flatMap(({ table: { loadVia } }) => (loadVia ? [quoteName(loadVia)] : [])),
    );
    const siblings = this.#manifest.tables.filter(
      ({ loadVia }) => loadVia && parents.has(quoteName(loadVia)),
    );
    return [
      ...wanted.filter(({ table }) => !table.loadVia),
      ...siblings.map((table) => ({ table, ranges: table.ranges })),
    ];
  }

  #requireRoom(parts: readonly Wanted[], bytesMax: number): void {
    const here = sum([...this.#here.values()].map((ranges) => rawBytesOf([...ranges])));
    const wanted = sum(parts.map(({ ranges }) => rawBytesOf(ranges)));
    if (here + wanted <= bytesMax) return;
    const sizes = parts.map(({ table, ranges }) => ({ name: displayName(table), size: rawBytesOf(ranges) }));
    const largest = sizes.toSorted((a, b) => b.size - a.size).slice(0, 5);
    throw new HoldfastError(
      'QUERY_TOO_LARGE',
      `The statement needs ${bytes(wanted)} of rows${here > 0 ? ` beside the ${bytes(here)} that are there` : ''}, and a scratch database takes ${bytes(bytesMax)}: ${largest.map(({ name, size }) => `${name} ${bytes(size)}`).join(', ')}.`,
      {
        details: {
          rawBytes: here + wanted,
          rawBytesMax: bytesMax,
          tables: largest.map(({ name }) => name),
        },
      },
    );
  }
}

function rawBytesOf(ranges: readonly ManifestRange[]): number {
  return sum(ranges.map(({ rawBytes }) => rawBytes));
}
