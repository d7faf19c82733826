import { channels } from './migrations/channels.ts';
import { approvals } from './migrations/approvals.ts';
import { audit } from './migrations/audit.ts';
import { chosenRows } from './migrations/chosen-rows.ts';
import { chunksInUse } from './migrations/chunks-in-use.ts';
import { severalDatabases } from './migrations/several-databases.ts';
import { copies } from './migrations/copies.ts';
import { damage } from './migrations/damage.ts';
import { deliveries } from './migrations/deliveries.ts';
import { drills } from './migrations/drills.ts';
import { endedSessions } from './migrations/ended-sessions.ts';
import { events } from './migrations/events.ts';
import { fences } from './migrations/fences.ts';
import { firstTables } from './migrations/first-tables.ts';
import { globals } from './migrations/globals.ts';
import { keys } from './migrations/keys.ts';
import { levels } from './migrations/levels.ts';
import { newBytes } from './migrations/new-bytes.ts';
import { keptRows } from './migrations/kept-rows.ts';
import { knownRanges } from './migrations/known-ranges.ts';
import { knownRowMaps } from './migrations/known-row-maps.ts';
import { queue } from './migrations/queue.ts';
import { radar } from './migrations/radar.ts';
import { refusedDocuments } from './migrations/refused-documents.ts';
import { rollbacks } from './migrations/rollbacks.ts';
import { scrubs } from './migrations/scrubs.ts';
import { selfTests } from './migrations/self-tests.ts';
import { restorePlans } from './migrations/restore-plans.ts';
import { jointRuns } from './migrations/joint-runs.ts';
import { storeContents } from './migrations/store-contents.ts';
import { stores } from './migrations/stores.ts';
import { tokenDatabases } from './migrations/token-databases.ts';
import { tokens } from './migrations/tokens.ts';
import { undo } from './migrations/undo.ts';
import { warningCount } from './migrations/warning-count.ts';
import type { TableChange } from '../postgres/table-change.ts';
import { storeKinds } from '../store/stores.ts';

export const migrationsTable = 'holdfast_migrations';

/** The catalog's own share of each version. */
const ofCatalog: readonly TableChange[] = [
  firstTables,
  queue,
  chunksInUse,
  events,
  newBytes,
  damage,
  fences,
  warningCount,
  endedSessions,
  stores,
  copies,
  selfTests,
  keys,
  rollbacks,
  knownRanges,
  levels,
  drills,
  knownRowMaps,
  scrubs,
  radar,
  jointRuns,
  storeContents,
  refusedDocuments,
  chosenRows,
  undo,
  restorePlans,
  keptRows,
  tokens,
  channels,
  audit,
  approvals,
  deliveries,
  globals,
  severalDatabases,
  tokenDatabases,
];

/** Every part of Holdfast that keeps something in the catalog's schema. The catalog's tables come first. */
const parts: readonly (readonly TableChange[])[] = [
  ofCatalog,
  ...storeKinds.flatMap(({ tables }) => (tables ? [tables] : [])),
];

/** The versions of our tables in order, each with the changes of every part. */
export const migrations: readonly TableChange[] = [
  ...Map.groupBy(parts.flat(), ({ version }) => version).entries(),
]
  .toSorted(([one], [other]) => one - other)
  .map(([version, changes]) => ({
    version,
    name: changes[0]!.name,
    columns: mergeColumns(changes),
    sql: (schema) => changes.map((change) => change.sql(schema)).join(''),
  }));

function mergeColumns(changes: readonly TableChange[]): TableChange['columns'] {
  const merged: Record<string, string[]> = {};
  for (const { columns } of changes) {
    for (const [table, added] of Object.entries(columns)) (merged[table] ??= []).push(...added);
  }
  return merged;
}

/** Every table of ours but `holdfast_migrations`. */
export const tableNames: readonly string[] = [
  ...new Set(migrations.flatMap(({ columns }) => Object.keys(columns))),
];

export const latestVersion = Math.max(...migrations.map((migration) => migration.version));
