import type { KnownDatabases } from '../api/context.ts';
import type { Config, Options } from '../options.ts';
import { addressOf } from '../postgres/connection.ts';
import { openPool } from '../postgres/pool.ts';
import { createGate } from '../runs/gate.ts';
import { createListening } from '../runs/listening.ts';
import { createEnrolment } from './enrolment.ts';
import { configOf, databaseNotFound, namedDatabases, ofServer, type NamedDatabase } from './named.ts';
import { listDatabases, unprotectedOn } from './overview.ts';
import {
  catalogPoolOptions,
  openProtected,
  storePoolOptions,
  type ProtectedDatabase,
  type Shared,
} from './protected.ts';

/** The databases of one Holdfast. */
export interface Databases {
  /** What a call is about that names none; it also has tokens, sessions and what a rule has enrolled. */
  readonly first: ProtectedDatabase;
  /**
   * @param told the names that an error may tell. Default: all of them
   * @throws DATABASE_NOT_FOUND; for what may be enrolled, what the first one's catalog throws
   */
  named(name: string, told?: readonly string[]): Promise<ProtectedDatabase>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

const defaultMaxRuns = 4;
/** A database that is new is named within a minute. */
const rememberedForMs = 30_000;

/** Connects to nothing. @throws INVALID_CONFIGURATION */
export function openDatabases(options: Options): Databases {
  const named = namedDatabases(options);
  const [{ config }] = named as [NamedDatabase];
  const several = named.length > 1 || options.databases !== undefined || options.enrol?.include !== undefined;
  const maxRuns = config.maxRuns ?? (several ? defaultMaxRuns : undefined);
  const control = several ? openControl(config, maxRuns) : undefined;
  const opened = new Map<string, ProtectedDatabase>();
  let started = false;

  const seen = { several, ...options.enrol };
  const known: KnownDatabases = {
    several,
    async list(only) {
      await enrolment.refresh();
      const isAsked = ({ name }: { name: string }): boolean => only?.includes(name) ?? true;
      const asked = [...opened.values()].filter(isAsked);
      const answer = await listDatabases(asked, enrolment.gone().filter(isAsked), seen);
      if (only) return { databases: answer.databases, unprotected: [], unseen: [] };
      remember(answer);
      return answer;
    },
    async contexts() {
      await enrolment.refresh();
      return [...opened.values()].map(({ name, context }) => ({ name, context }));
    },
    async unprotected() {
      const answer = await unprotectedOn([...opened.values()], seen);
      remember(answer);
      return answer;
    },
  };
  const shared: Shared = { gate: createGate(maxRuns), control, databases: known, several };
  /** Every status asks; a connection to each server for each of them would be too much, above all while one does not answer. */
  let remembered: { names: string[]; atMs: number } | undefined;
  function remember({ unprotected }: Awaited<ReturnType<KnownDatabases['unprotected']>>): void {
    remembered = { names: unprotected.map(({ database }) => database), atMs: performance.now() };
  }
  const watched = async (): Promise<string[]> => {
    const isFresh = remembered !== undefined && performance.now() - remembered.atMs < rememberedForMs;
    if (!isFresh) await known.unprotected();
    return remembered?.names ?? [];
  };

  function add(database: NamedDatabase): ProtectedDatabase {
    const [before] = opened.values();
    const added = before
      ? openProtected(database, { ...shared, identities: identitiesOf(before) })
      : openProtected(database, shared, several ? watched : undefined);
    opened.set(database.name, added);
    return added;
  }
  const [first] = named.map((each) => add(each)) as [ProtectedDatabase];

  const enrolment = createEnrolment({
    first,
    rule: options.enrol,
    find: (name) => opened.get(name),
    isNamed: (server, database) =>
      [...opened.values()].some(({ config: { target } }) => {
        const at = addressOf(target);
        return at.server === server && at.database === database;
      }),
    async open({ name, database }, server) {
      const url = ofServer(server, database);
      const added = add({ name, config: configOf(options, name, { url }), enrolled: true });
      if (started) await added.start();
    },
  });

  return {
    first,
    async named(name, told) {
      if (!opened.has(name)) await enrolment.refresh();
      const found = opened.get(name);
      if (found) return found;
      throw databaseNotFound(name, told ?? [...opened.keys()]);
    },
    async start() {
      started = true;
      await enrolment.refresh().catch(() => {});
      // One that does not answer must not keep the others from being served.
      const all = await Promise.allSettled([...opened.values()].map((each) => each.start()));
      enrolment.start();
      const [failed] = all.filter((each) => each.status === 'rejected');
      if (failed) throw failed.reason;
    },
    async stop() {
      await enrolment.stop();
      await Promise.all([...opened.values()].map((each) => each.stop()));
      await control?.listening.stop();
      await Promise.all([control?.catalogPool.close(), control?.storePool.close()]);
    },
  };
}

/** The connections to a database that has the catalogs of all. */
function openControl(config: Config, maxRuns = 1): NonNullable<Shared['control']> | undefined {
  const { catalog, logger } = config;
  if (catalog === undefined) return undefined;
  return {
    catalogPool: openPool(catalog, { ...catalogPoolOptions, max: catalogPoolOptions.max + maxRuns }),
    storePool: openPool(catalog, storePoolOptions(config, maxRuns)),
    listening: createListening(catalog, logger),
  };
}

function identitiesOf({ context: { catalog } }: ProtectedDatabase): Shared['identities'] {
  const { tokens, endedSessions } = catalog;
  return { tokens, endedSessions };
}
