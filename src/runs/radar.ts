import { redact } from '../base/redaction.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import { keptSigns, type FindingRecord, type KeptSign } from '../catalog/findings.ts';
import type { KnownMemory } from '../catalog/radar-memory.ts';
import { packTables, type BackupTables, type NewToRadar } from '../catalog/table-figures.ts';
import { findingSentence } from '../contract/finding-words.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { Transaction } from '../postgres/pool.ts';
import { keyOf } from '../radar/figures.ts';
import { noMemory, type FoundSign } from '../radar/memory.ts';
import { lookAt } from '../radar/radar.ts';
import { tablesOf } from './backup-tables.ts';
import type { RunContext } from './context.ts';
import { explanationsFor, type Explanation } from './explanations.ts';
import { openHeld } from './open-backup.ts';

/** How many backups of before there was a radar are learnt from, and for how long: the server ends a transaction that is idle for a minute. */
const learntFrom = 14;
const learnForMs = 30_000;

/**
 * Has the radar look at every completed backup that it has not seen, in the order in which they were taken. Each is looked at once,
 * whichever process does it. Never throws: the backups are good whatever becomes of this, and the next call goes on.
 */
export async function lookAtNew(context: RunContext): Promise<void> {
  const { catalog, logger } = context;
  try {
    for (const each of await catalog.tableFigures.newToRadar()) {
      if (context.stopping.aborted) return;
      const record = await catalog.backups.get(each.id);
      if (record) await lookAtOne(context, record, each);
    }
  } catch (error) {
    const failure = databaseFailure(error);
    logger.log('error', `the radar could not look at a backup: ${redact(failure.message)}`, {
      code: failure.code,
    });
  }
}

async function lookAtOne(
  context: RunContext,
  record: BackupRecord,
  { id, source }: NewToRadar,
): Promise<void> {
  const { catalog, logger } = context;
  const figures = await catalog.tableFigures.read(id);
  if (!figures) return;
  const before = await coverageBefore(context, record, source);
  const found = await catalog.pool.transaction(async (connection) => {
    const known =
      (await catalog.radarMemory.take(connection, source)) ?? (await learnBefore(context, record, source));
    await catalog.tableFigures.markLookedAt(connection, id);
    const at = momentOf(record);
    // An older one was taken in afterwards: what is usual now says nothing about it.
    if (known && known.upTo >= at) return undefined;
    const memory = known?.memory ?? noMemory(at.getTime());
    const signs = lookAt(memory, {
      id,
      at: at.getTime(),
      tables: figures.tables,
      covers: record.type === 'full' ? 'all' : before,
    });
    await catalog.radarMemory.put(connection, source, { memory, upTo: at });
    return signs.length === 0 ? undefined : noteFindings(context, connection, record, source, signs);
  });
  if (found) {
    // Names of tables are in the finding: logs of an encrypted store show none.
    logger.log('warn', `backup ${id} looks as if data was damaged before it`, {
      kind: 'backup',
      id,
      finding: found.id,
    });
  }
}

/** The moment whose data a backup has. */
export function momentOf({ startedAt, createdAt }: BackupRecord): Date {
  return startedAt ?? createdAt;
}

/** The tables that the last backup of the same tables had. */
async function coverageBefore(
  { catalog }: RunContext,
  record: BackupRecord,
  source: string,
): Promise<ReadonlySet<string>> {
  if (record.type === 'full') return new Set();
  const id = await catalog.tableFigures.lastOf(record.id, source, record.tables);
  const before = id === undefined ? undefined : await catalog.tableFigures.read(id);
  return new Set(before?.tables.map(keyOf) ?? []);
}

/** From the newest backups that were there before the radar was, as far as they can be read. */
async function learnBefore(
  context: RunContext,
  record: BackupRecord,
  source: string,
): Promise<KnownMemory | undefined> {
  const { catalog } = context;
  const until = Date.now() + learnForMs;
  const ids = await catalog.tableFigures.fullBefore(record.id, learntFrom);
  let known: KnownMemory | undefined;
  for (const id of ids) {
    if (Date.now() > until || context.stopping.aborted) break;
    const earlier = await catalog.backups.get(id);
    const figures = earlier && (await figuresOf(context, earlier));
    if (!figures || figures.source !== source) continue;
    const at = momentOf(earlier);
    known ??= { memory: noMemory(at.getTime()), upTo: at };
    lookAt(known.memory, { id, at: at.getTime(), tables: figures.tables, covers: 'all' });
    known.upTo = at;
  }
  return known;
}

/** Those of the catalog; else out of the manifest, and the catalog has them from then on. Undefined where it cannot be read. */
async function figuresOf(context: RunContext, record: BackupRecord): Promise<BackupTables | undefined> {
  const kept = await context.catalog.tableFigures.read(record.id);
  if (kept) return kept;
  try {
    const tables = tablesOf((await openHeld(context, record)).manifest);
    await context.catalog.tableFigures.fill(record.id, await packTables(tables));
    return tables;
  } catch (error) {
    const { code, message } = databaseFailure(error);
    context.logger.log('info', `the radar cannot learn from backup ${record.id}: ${redact(message)}`, {
      code,
    });
    return undefined;
  }
}

/** @returns the finding that nobody has expected, if there is one */
async function noteFindings(
  context: RunContext,
  connection: Transaction,
  record: BackupRecord,
  source: string,
  signs: readonly FoundSign[],
): Promise<FindingRecord | undefined> {
  const { findings } = context.catalog;
  const explain = await explanationsFor(context, connection, record, signs);
  const open = await findings.open(connection);
  const kept = signs.map((found) => ({ explanation: explain(found), kept: keptOf(found, open) }));
  const common = { backupId: record.id, backupAt: momentOf(record), source };
  const expected = kept.filter(({ explanation }) => explanation !== undefined);
  if (expected.length > 0) {
    await findings.insert(connection, {
      ...common,
      state: 'explained',
      signs: expected.slice(0, keptSigns).map((each) => ({ ...each.kept, settled: 'explained' })),
      total: expected.length,
      explanation: wordsOf(expected.map(({ explanation }) => explanation!)),
    });
  }
  const unexpected = kept.filter(({ explanation }) => explanation === undefined).map((each) => each.kept);
  if (unexpected.length === 0) return undefined;
  const finding = await findings.insert(connection, {
    ...common,
    state: 'open',
    signs: unexpected.slice(0, keptSigns),
    total: unexpected.length,
    explanation: null,
  });
  await findings.announce(connection, finding, sentenceOf(finding));
  return finding;
}

/** Where the same table has an open finding, the last backup without damage is that of the earlier one. */
function keptOf(
  { sign, withoutId, withoutAt, key, root, step }: FoundSign,
  open: readonly FindingRecord[],
): KeptSign {
  const earlier = open
    .flatMap(({ signs }) => signs)
    .find((each) => each.key === key && each.settled === null);
  return {
    sign,
    withoutId: earlier?.withoutId ?? withoutId,
    withoutAt: earlier?.withoutAt ?? new Date(withoutAt).toISOString(),
    settled: null,
    root,
    key,
    step,
  };
}

function wordsOf(explanations: readonly Explanation[]): string {
  return [...new Set(explanations)].join('; ').slice(0, 2_000);
}

function sentenceOf({ backupId, signs, total }: FindingRecord): string {
  return findingSentence(
    { backupId, signs: signs.map(({ sign }) => sign), total },
    withoutOf(signs)?.withoutId ?? null,
  );
}

/** The backup without any of the signs that are not settled: the oldest of them. */
export function withoutOf(signs: readonly KeptSign[]): KeptSign | undefined {
  const unsettled = signs.filter(({ settled }) => settled === null);
  return (unsettled.length > 0 ? unsettled : signs).toSorted(
    (one, other) =>
      Date.parse(one.withoutAt) - Date.parse(other.withoutAt) || one.withoutId - other.withoutId,
  )[0];
}
