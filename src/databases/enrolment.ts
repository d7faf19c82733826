import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { actorCaller } from '../api/auth/caller.ts';
import { redact } from '../base/redaction.ts';
import type { EnrolledDatabase } from '../catalog/enrolled-databases.ts';
import { channelsLimit } from '../contract/channel.ts';
import { addressOf, type ConnectionTarget } from '../postgres/connection.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { EnrolOptions } from '../option-groups.ts';
import type { ProtectedDatabase } from './protected.ts';
import { databasesOn, matchesAny } from './servers.ts';

/** How often a rule looks for databases that are new. */
const lookEveryMs = 30_000;

/** A server that does not answer is not waited for. */
const stopWithinMs = 2_000;

/** A database that was enrolled, and cannot be opened now. */
export interface GoneDatabase extends Pick<EnrolledDatabase, 'name' | 'server' | 'database'> {
  problem: string;
}

export interface EnrolmentParts {
  first: ProtectedDatabase;
  rule: EnrolOptions | undefined;
  find(name: string): ProtectedDatabase | undefined;
  /** Whether one of the databases that are open is this. */
  isNamed(server: string, database: string): boolean;
  open(enrolled: EnrolledDatabase, server: ConnectionTarget): Promise<void>;
}

/** Protects what a rule says. What was enrolled once stays known, also when it is dropped: its backups are still there. */
export interface Enrolment {
  /** Opens what was enrolled by this process or another one. @throws what the catalog of the first database throws */
  refresh(): Promise<void>;
  /** As it was when it was refreshed last. */
  gone(): readonly GoneDatabase[];
  /** Looks for new ones from now on. */
  start(): void;
  stop(): Promise<void>;
}

export function createEnrolment({ first, rule, find, isNamed, open }: EnrolmentParts): Enrolment {
  const { catalog } = first.context;
  const { logger } = first.config;
  const stopping = new AbortController();
  let gone: GoneDatabase[] = [];
  let looking: Promise<void> = Promise.resolve();
  let refreshing: Promise<void> | undefined;
  const enrols = rule?.include !== undefined;
  const server: ConnectionTarget | undefined = enrols ? serverTarget(rule, first) : undefined;

  async function readEnrolled(): Promise<void> {
    if (!(await catalog.isInitialized())) return;
    const found: GoneDatabase[] = [];
    for (const each of await catalog.enrolled.list()) {
      if (find(each.name) || isNamed(each.server, each.database)) continue;
      if (server !== undefined && addressOf(server).server === each.server) await open(each, server);
      else found.push({ ...aboutOf(each), problem: 'No rule names its server any more.' });
    }
    gone = found;
  }

  async function look(): Promise<void> {
    if (server === undefined || !(await catalog.isInitialized())) return;
    const at = addressOf(server).server;
    const taken = new Set((await catalog.enrolled.list()).map(({ name }) => name));
    for (const database of (await databasesOn(server)).ofApplications) {
      if (!matchesAny(database, rule?.include) || matchesAny(database, rule?.exclude)) continue;
      if (isNamed(at, database) || isCatalog(first, at, database)) continue;
      const name = find(database) || taken.has(database) ? `${database}-${digestOf(at)}` : database;
      await catalog.enrolled.add({ name, server: at, database });
    }
    await refresh();
    for (const each of await catalog.enrolled.list()) {
      if (each.readyAt !== null || each.server !== at) continue;
      await catalog.enrolled.makeReady(each.name, () => prepare(each));
    }
  }

  async function prepare(enrolled: EnrolledDatabase): Promise<void> {
    const made = find(enrolled.name);
    if (!made) return;
    await made.apiFor(ruleCaller).init();
    const { schedules, channels } = made.context.catalog;
    for (const { name, updatedAt: _, handledUntil: __, ...settings } of await catalog.schedules.all()) {
      // A store that is another one for each database has the same name in all.
      await schedules.update(name, () => settings);
    }
    for (const { id: _, ...channel } of await catalog.channels.list())
      await channels.add(channel, channelsLimit);
    await made.context.jobs.announceChange();
    logger.log('info', 'a database is protected from now on', {
      database: enrolled.name,
      server: enrolled.server,
    });
  }

  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await look();
      } catch (error) {
        logger.log('warn', `no database could be enrolled: ${redact(databaseFailure(error).message)}`);
      }
      // Where a database sleeps while nothing happens, it is not woken for this.
      if (first.config.idlePollMs === null) return;
      await pause(lookEveryMs, undefined, { ref: false, signal: stopping.signal }).catch(() => {});
    }
  }

  async function refresh(): Promise<void> {
    refreshing ??= readEnrolled().finally(() => (refreshing = undefined));
    await refreshing;
  }

  return {
    refresh,
    gone: () => gone,
    start() {
      if (enrols && first.config.worker) looking = keepLooking();
    },
    async stop() {
      stopping.abort();
      await Promise.race([looking, pause(stopWithinMs, undefined, { ref: false })]);
    },
  };
}

/** In whose name the audit has what the rule does. */
const ruleCaller = actorCaller({ actor: 'enrolment rule', scopes: ['admin'] });

const aboutOf = ({ name, server, database }: EnrolledDatabase) => ({ name, server, database });

function serverTarget({ server }: EnrolOptions, first: ProtectedDatabase): ConnectionTarget {
  if (server === undefined) return first.config.target;
  return typeof server === 'string' ? { connectionString: server } : server;
}

function isCatalog({ config }: ProtectedDatabase, server: string, database: string): boolean {
  if (config.catalog === undefined) return false;
  const at = addressOf(config.catalog);
  return at.server === server && at.database === database;
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 6);
