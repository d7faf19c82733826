import type { GlobalsOptions, GlobalsPlan } from '../../contract/globals.ts';
import type { ServerGlobals } from '../../format/globals.ts';
import { isReserved, shownName, type Fact } from './fact.ts';
import { factsOf } from './facts.ts';
import { powerfulRoles } from './power.ts';

/** A server, as a plan needs to know it. */
export interface LiveServer {
  num: number;
  globals: ServerGlobals;
  /** Every role, the server's own too. */
  roles: ReadonlySet<string>;
  databases: ReadonlySet<string>;
  /** Settings that every role may set for itself. */
  harmlessSettings: ReadonlySet<string>;
  /** The role of the connection. */
  user: string;
  isSuperuser: boolean;
}

/** A fact that is to be made, and what it was before where something was there. */
export interface Step {
  fact: Fact;
  was: Fact | undefined;
  /** With the role or tablespace that it is a part of. */
  isNew: boolean;
}

/** What a restore of globals will do, and how it is told. */
export interface PlannedGlobals {
  steps: Step[];
  told: GlobalsPlan;
}

/**
 * Compares a backup's globals with a server. Nothing of a server that the backup does not have is touched; a role or tablespace that is there
 * stays as it is without `onDifferent: alter`; and nothing that gives power is made unless `confirm` names it. Pure.
 * @param made tablespaces that this restore has made already: their parts are made as those of new ones
 */
export function planGlobals(
  backup: ServerGlobals,
  live: LiveServer,
  { onDifferent, confirm, tablespaces }: GlobalsOptions,
  made: ReadonlySet<string> = new Set(),
): PlannedGlobals {
  const isMade = ({ subject }: Fact): boolean => subject?.kind === 'tablespace' && made.has(subject.name);
  const facts = factsOf(live.globals, live).filter((fact) => !isMade(fact));
  const now = new Map(facts.map((fact) => [fact.what, fact]));
  const isThere = subjectsOf(live, made);
  const powerful = powerfulRoles([live.globals, backup]);
  const powerfulNow = powerfulRoles([live.globals]);
  const confirmed = new Set(confirm);
  const toCome = new Set([...live.roles, ...backup.roles.map(({ name }) => name)]);
  const untouched = new Set([
    live.user,
    ...live.globals.roles.flatMap(({ name, bootstrap }) => (bootstrap ? [name] : [])),
  ]);
  const steps: Step[] = [];
  const told: GlobalsPlan = {
    serverVersion: live.num,
    create: [],
    different: [],
    present: 0,
    leftOut: [],
    confirm: [],
    warnings: [],
  };

  /** Why it cannot be made there at all. */
  const impossible = ({ roles, database, subject, power }: Fact): string | undefined => {
    if (subject?.kind === 'tablespace' && !tablespaces) return 'tablespaces were left out';
    if (subject?.kind === 'role' && isReserved(subject.name) && !live.roles.has(subject.name))
      return 'a role that begins with pg_ is the server’s own';
    if (power?.kind === 'parameter' && live.num < 150000) return 'PostgreSQL 14 has no such privileges';
    const missing = roles.find((role) => !toCome.has(role));
    if (missing !== undefined) return `there is no role ${shownName(missing)}`;
    if (database !== undefined && !live.databases.has(database))
      return `there is no database ${shownName(database)}`;
    return undefined;
  };

  const needsConfirmation = ({ power, subject }: Fact, isNew: boolean): boolean => {
    if (!isNew && subject?.kind === 'role' && powerfulNow.has(subject.name)) return true;
    if (!power) return false;
    if (power.kind === 'membership') return powerful.has(power.role) || isReserved(power.role);
    return power.kind !== 'setting' || subject === null || !live.harmlessSettings.has(power.name);
  };

  for (const given of factsOf(backup, live)) {
    const fact = onServer(given, live.num, now);
    const was = now.get(fact.what);
    if (was && sameValue(was, fact)) {
      told.present++;
      continue;
    }
    const isNew = !isThere(fact.subject);
    // The password of a role that is there stays, and is not read: there is nothing to compare.
    if (isNew ? fact.isDefault : fact.isFixed && !fact.tablespace) continue;
    const reason = fact.left ?? impossible(fact);
    if (reason !== undefined) {
      told.leftOut.push({ what: fact.what, reason });
      continue;
    }
    const isUnconfirmed = needsConfirmation(fact, isNew) && !confirmed.has(fact.what);
    if (isNew) {
      if (isUnconfirmed) told.confirm.push(fact.what);
      else {
        steps.push({ fact, was, isNew });
        told.create.push({ what: fact.what, value: fact.shown });
      }
      continue;
    }
    const own = fact.subject?.kind === 'role' && untouched.has(fact.subject.name);
    const isAsked = onDifferent === 'alter' && !own && !fact.isFixed;
    told.different.push({
      what: fact.what,
      backup: fact.shown,
      server: was ? was.shown : null,
      isMissing: was === undefined,
      altered: isAsked && !isUnconfirmed,
    });
    if (!isAsked) continue;
    if (isUnconfirmed) told.confirm.push(fact.what);
    else steps.push({ fact, was, isNew });
  }
  told.warnings.push(...warningsOf(backup, live, steps));
  return { steps, told };
}

/** What of a fact's roles and tablespaces is on the server already. */
function subjectsOf(
  { roles, globals }: LiveServer,
  made: ReadonlySet<string>,
): (subject: Fact['subject']) => boolean {
  const tablespaces = new Set(globals.tablespaces.map(({ name }) => name).filter((name) => !made.has(name)));
  return (subject) =>
    subject === null || (subject.kind === 'role' ? roles.has(subject.name) : tablespaces.has(subject.name));
}

type Possible = Fact & { left?: string };

/** A membership as this server can have it. */
function onServer(fact: Fact, num: number, now: ReadonlyMap<string, Fact>): Possible {
  if (fact.power?.kind !== 'membership') return fact;
  const has = (word: string): boolean => fact.value.split(', ').includes(word);
  if (num >= 160000) {
    // Of an older server: what it does not say is as the server has it.
    const live = now.get(fact.what);
    const isOld = !has('INHERIT') && !has('NO INHERIT');
    if (!isOld || !live) return fact;
    const admin = live.value.split(', ').includes('ADMIN');
    return admin === has('ADMIN') ? { ...fact, value: live.value } : fact;
  }
  if (has('NO SET')) return { ...fact, left: 'before PostgreSQL 16 a membership always has SET' };
  const plain = has('ADMIN') ? 'ADMIN' : '';
  const statements = fact.statements.map((statement) =>
    statement.replace(/(?: WITH|,) INHERIT (?:TRUE|FALSE)$/, ''),
  );
  return { ...fact, value: plain, shown: plain || 'without options', statements };
}

function sameValue(one: Fact, other: Fact): boolean {
  return one.value === other.value;
}

function warningsOf(backup: ServerGlobals, live: LiveServer, steps: readonly Step[]): string[] {
  const isMade = (what: string): boolean => steps.some(({ fact }) => fact.what === what);
  const silent = backup.roles.filter(
    ({ name, canLogin, password }) => canLogin && !password && isMade(`role ${shownName(name)}`),
  );
  return [
    ...(silent.length > 0
      ? [
          `Roles that can log in and have no password in the backup: ${silent.map(({ name }) => shownName(name)).join(', ')}. Give each a new one with ALTER ROLE … PASSWORD, or \\password of psql.`,
        ]
      : []),
    ...(live.isSuperuser || steps.length === 0
      ? []
      : [
          `Role ${shownName(live.user)} is no superuser: what it may not make ends the restore, and then nothing is made.`,
        ]),
  ];
}
