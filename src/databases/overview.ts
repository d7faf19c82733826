import { askedInTime } from '../api/context.ts';
import type { DatabasesAnswer, DatabaseSummary, UnprotectedDatabase } from '../contract/database.ts';
import { healthSentence } from '../contract/health-words.ts';
import { addressOf } from '../postgres/connection.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { EnrolOptions } from '../option-groups.ts';
import type { GoneDatabase } from './enrolment.ts';
import type { ProtectedDatabase } from './protected.ts';
import { databasesOn, matchesAny } from './servers.ts';

/** What is called unprotected. */
export interface SeenRule extends Pick<EnrolOptions, 'exclude'> {
  several: boolean;
}

/** Every database with its health; one that does not answer in time is among them. */
export async function listDatabases(
  all: readonly ProtectedDatabase[],
  gone: readonly GoneDatabase[],
  rule: SeenRule,
): Promise<DatabasesAnswer> {
  const [found, seen] = await Promise.all([summaries(all), seenOn(all, rule.several)]);
  const databases = found.map((each) => {
    const problem = each.problem ?? problemOf(each, seen.get(each.server));
    return { ...each, problem };
  });
  return { databases: [...databases, ...gone.map(goneSummary)], ...unprotectedOf(all, seen, rule) };
}

/** Why the database itself does not answer, though its catalog does. */
function problemOf({ server, database }: DatabaseSummary, seen: Seen | undefined): string | null {
  if (!seen) return null;
  if ('problem' in seen) return seen.problem;
  return seen.all.includes(database) ? null : `The server ${server} has no database "${database}".`;
}

/** Of how many databases it is asked at once, so that connections do not grow with their number. */
const atOnce = 4;

async function summaries(all: readonly ProtectedDatabase[]): Promise<DatabaseSummary[]> {
  const found: DatabaseSummary[] = [];
  const left = all.entries();
  const lane = async (): Promise<void> => {
    for (const [place, database] of left) found[place] = await summaryOf(database);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return found;
}

const nothingKnown = {
  health: null,
  lastGoodAt: null,
  backups: null,
  storedBytes: null,
  running: null,
} as const;

async function summaryOf(database: ProtectedDatabase): Promise<DatabaseSummary> {
  const { target } = database.config;
  const about = {
    name: database.name,
    ...addressOf(target),
    enrolled: database.enrolled,
  };
  try {
    return { ...about, ...(await askedInTime(stateOf(database))) };
  } catch (error) {
    return { ...about, ...nothingKnown, state: 'unreachable', problem: databaseFailure(error).message };
  }
}

type State = Omit<DatabaseSummary, 'name' | 'database' | 'server' | 'enrolled'>;

async function stateOf({ context: { catalog, jobs } }: ProtectedDatabase): Promise<State> {
  if (!(await catalog.isInitialized())) {
    const problem = 'Its tables are not made yet.';
    return { ...nothingKnown, state: 'not-initialized', problem };
  }
  const [health, [running]] = await Promise.all([jobs.briefHealth(), jobs.running()]);
  const { total, completed, damaged } = health.backups;
  return {
    state: 'ready',
    problem: null,
    health: {
      state: health.state,
      message: healthSentence(health.finding),
    },
    lastGoodAt: health.lastGoodAt?.toISOString() ?? null,
    backups: { total, completed, damaged: damaged.length },
    storedBytes: typeof health.storedBytes === 'number' ? health.storedBytes : null,
    running: running
      ? { kind: running.kind, id: running.id, startedAt: running.startedAt.toISOString() }
      : null,
  };
}

function goneSummary({ problem, ...about }: GoneDatabase): DatabaseSummary {
  return { ...about, ...nothingKnown, enrolled: true, state: 'gone', problem };
}

/** Which databases a server has, or why that is not known. */
type Seen = { all: readonly string[]; ofApplications: readonly string[] } | { problem: string };

/** One question to each server. One that protects a single database may be on a server of strangers. */
async function seenOn(all: readonly ProtectedDatabase[], several: boolean): Promise<Map<string, Seen>> {
  const servers = new Map(
    all.toReversed().map(({ config: { target } }) => [addressOf(target).server, target]),
  );
  const seen = await Promise.all(
    [...servers].map(async ([server, target]): Promise<[string, Seen]> => {
      try {
        return [server, await askedInTime(databasesOn(target, { ownOnly: !several }))];
      } catch (error) {
        return [server, { problem: databaseFailure(error).message }];
      }
    }),
  );
  return new Map(seen);
}

/** What the servers of the databases have besides, and which servers do not answer. */
export async function unprotectedOn(
  all: readonly ProtectedDatabase[],
  rule: SeenRule,
): Promise<Pick<DatabasesAnswer, 'unprotected' | 'unseen'>> {
  return unprotectedOf(all, await seenOn(all, rule.several), rule);
}

function unprotectedOf(
  all: readonly ProtectedDatabase[],
  seen: ReadonlyMap<string, Seen>,
  rule: SeenRule,
): Pick<DatabasesAnswer, 'unprotected' | 'unseen'> {
  // The database of our own tables has nothing of the application.
  const ours = all.flatMap(({ config: { target, catalog } }) => (catalog ? [target, catalog] : [target]));
  const known = new Set(ours.map((target) => keyOf(addressOf(target))));
  const others = [...seen].flatMap(([server, each]) =>
    'problem' in each ? [] : each.ofApplications.map((database) => ({ server, database })),
  );
  const unprotected = others.filter(
    (each) => !known.has(keyOf(each)) && !matchesAny(each.database, rule.exclude),
  );
  const unseen = [...seen].flatMap(([server, each]) =>
    'problem' in each ? [{ server, problem: each.problem }] : [],
  );
  return { unprotected: unprotected.toSorted((a, b) => keyOf(a).localeCompare(keyOf(b))), unseen };
}

const keyOf = ({ server, database }: UnprotectedDatabase): string => `${server}/${database}`;
