import type { Manifest } from '../format/manifest.ts';
import { quoteLiteral } from '../postgres/identifiers.ts';
import { sqlState } from '../postgres/failure.ts';
import { momentarySettings, readEvaluationSettings } from '../postgres/evaluation-settings.ts';
import type { Session } from '../postgres/session.ts';

/**
 * The settings under which a restore evaluates what the application wrote: materialised views, CHECK constraints,
 * generated columns, index expressions. docs/decisions has the reasons.
 */
export interface Evaluation {
  /** In force on every connection, while rows are loaded too. */
  steady: Values;
  /** What differs from our own settings and is in force only where no text of a backup is read. */
  momentary: Values;
  /** What this server does not take; plain sentences. */
  unusable: string[];
}

type Values = Record<string, { theirs: string; ours: string }>;

/**
 * What of the recorded settings this server takes. An old backup has none: then those with which `session` began.
 * Changes nothing. Outside of a transaction.
 */
export async function usableEvaluation(session: Session, manifest: Manifest): Promise<Evaluation> {
  const recorded = manifest.source.evaluation ?? (await readEvaluationSettings(session));
  const evaluation: Evaluation = { steady: {}, momentary: {}, unusable: [] };
  for (const [name, value] of Object.entries(recorded)) {
    const ours = await effectOf(session, name);
    const theirs = await effectOf(session, name, value);
    if (!theirs) {
      evaluation.unusable.push(
        `The source had ${name} = ${value}, which this server does not take: what depends on it may be computed otherwise.`,
      );
    } else if (ours?.effect !== theirs.effect) {
      const kind = (momentarySettings as readonly string[]).includes(name) ? 'momentary' : 'steady';
      evaluation[kind][name] = { theirs: value, ours: ours?.value ?? '' };
    }
  }
  return evaluation;
}

/** The statement that puts the application's steady settings into force, or ours again; empty where they are the same. */
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

/** A setting as it is, or as it would be; undefined where the server does not take it. Most locales write money alike. */
async function effectOf(
  session: Session,
  name: string,
  value?: string,
): Promise<{ value: string; effect: string } | undefined> {
  const set = value === undefined ? '' : `select ${setCall(name, value, true)}; `;
  const current = `pg_catalog.current_setting(${quoteLiteral(name)}, true)`;
  const effect =
    name === 'lc_monetary' ? '(-1234567.5)::pg_catalog.numeric::pg_catalog.money::pg_catalog.text' : current;
  try {
    // One simple query is one transaction: the setting ends with it.
    const [row] = await session.query<{ value: string; effect: string }>(
      `${set}select ${current} as value, ${effect} as effect`,
    );
    return row;
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    return undefined;
  }
}
