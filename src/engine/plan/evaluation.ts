import type { Manifest } from '../../format/manifest.ts';
import { quoteLiteral } from '../../postgres/identifiers.ts';
import { sqlState } from '../../postgres/failure.ts';
import { momentarySettings, readEvaluationSettings } from '../../postgres/inspect/evaluation-settings.ts';
import type { Session } from '../../postgres/wire/session.ts';

/**
 * The settings under which a restore evaluates what the application wrote: materialized views, CHECK constraints,
 * generated columns, index expressions. docs/decisions/0021 has the reasons.
 */
export interface Evaluation {
  /** In force on every connection, also during the loading of rows. */
  steady: Values;
  /** Differ from our own settings and are in force only while no text of a backup is read. */
  momentary: Values;
  /** Settings that this server does not accept; sentences. */
  unusable: string[];
}

/** What recorded the settings: a backup. */
export interface Evaluated {
  source: Pick<Manifest['source'], 'evaluation'>;
}

type Values = Record<string, { theirs: string; ours: string }>;

/**
 * The recorded settings that this server accepts. An old backup has none: then those with which `session` began.
 * Changes nothing. Outside of a transaction.
 */
export async function usableEvaluation(session: Session, manifest: Evaluated): Promise<Evaluation> {
  const recorded = manifest.source.evaluation ?? (await readEvaluationSettings(session));
  const evaluation: Evaluation = { steady: {}, momentary: {}, unusable: [] };
  const ours = await effectsOf(session, Object.keys(recorded), []);
  const differing = Object.entries(recorded).filter(([name, value]) => ours?.get(name)?.value !== value);
  // All at once, to save round trips; one by one if the server refuses one of them.
  const all = await effectsOf(session, Object.keys(recorded), differing);
  for (const [name, value] of differing) {
    const theirs = all?.get(name) ?? (await effectsOf(session, [name], [[name, value]]))?.get(name);
    if (!theirs) {
      evaluation.unusable.push(
        `The source had ${name} = ${value}, which this server does not take: what depends on it may be computed otherwise.`,
      );
    } else if (ours?.get(name)?.effect !== theirs.effect) {
      const kind = (momentarySettings as readonly string[]).includes(name) ? 'momentary' : 'steady';
      evaluation[kind][name] = { theirs: value, ours: ours?.get(name)?.value ?? '' };
    }
  }
  return evaluation;
}

/** The statement that sets the application's steady settings, or ours again; empty if they are the same. */
export function steadyStatement({ steady }: Evaluation, whose: 'theirs' | 'ours'): string {
  return setCalls(steady, whose);
}

export async function putIntoForce(session: Session, evaluation: Evaluation): Promise<void> {
  const statement = steadyStatement(evaluation, 'theirs');
  if (statement !== '') await session.execute(statement);
}

/** Runs `sql`, which holds no text of a backup, under all of the settings. One simple query, so one transaction. */
export function evaluated({ momentary }: Evaluation, sql: string): string {
  if (Object.keys(momentary).length === 0) return sql;
  return `${setCalls(momentary, 'theirs')}; ${sql.replace(/;\s*$/, '')}; ${setCalls(momentary, 'ours')}`;
}

function setCalls(values: Values, whose: 'theirs' | 'ours'): string {
  const calls = Object.entries(values).map(([name, value]) => setCall(name, value[whose], false));
  return calls.length === 0 ? '' : `select ${calls.join(', ')}`;
}

function setCall(name: string, value: string, local: boolean): string {
  return `pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, ${local})`;
}

interface Effect {
  value: string | null;
  /** Different values may have the same effect: most locales format money alike. */
  effect: string | null;
}

/** These settings as they would be with those values; undefined if the server refuses one. */
async function effectsOf(
  session: Session,
  names: readonly string[],
  values: readonly (readonly [name: string, value: string])[],
): Promise<Map<string, Effect> | undefined> {
  if (names.length === 0) return new Map();
  const sets = values.map(([name, value]) => setCall(name, value, true));
  const array = names.map(quoteLiteral).join(', ');
  try {
    // One simple query is one transaction: the settings end with it.
    const rows = await session.query<Effect & { name: string }>(
      `${sets.length === 0 ? '' : `select ${sets.join(', ')}; `}select name, pg_catalog.current_setting(name, true) as value,
        case name when 'lc_monetary' then (-1234567.5)::pg_catalog.numeric::pg_catalog.money::pg_catalog.text
          else pg_catalog.current_setting(name, true) end as effect
      from pg_catalog.unnest(array[${array}]) as n(name)`,
    );
    return new Map(rows.map(({ name, ...effect }) => [name, effect]));
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    return undefined;
  }
}
