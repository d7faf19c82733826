/*
 * plan/ owns every decision about a restore: what it covers, what is created, replaced and left out, in which order, which
 * tables are locked, and why it is refused. It reads the server and never changes anything on it, and never runs a plan.
 *
 * A plan is a value: `make-plan.ts` makes it, `refusals.ts` says why it cannot be carried out, `describe-plan.ts` makes the
 * words of the API from it, `restore/` runs it.
 */
import type { LostObject } from '../../contract/replace.ts';
import type { Drift } from '../../contract/drift.ts';
import type { TablePlan } from '../../contract/restore.ts';
import type { PlannedUndo } from '../../contract/undo.ts';
import type { Manifest, ManifestSequence, ManifestTable, SchemaEntry } from '../../format/manifest.ts';
import type { TableConstraint } from '../../postgres/inspect/constraints.ts';
import type { QualifiedName } from '../../postgres/identifiers.ts';
import type { RoleUse } from '../entries/role-uses.ts';
import type { Adaptation } from '../adapt/adapt.ts';
import type { RestoreScope } from '../entries/scope.ts';
import type { RestoreRequest } from '../requests.ts';
import type { CreationOrder } from './creation-order.ts';
import type { PlannedDatabase } from './database-settings.ts';
import type { ExtensionProblem } from './extension-problems.ts';
import type { PlannedExtension } from './extension-versions.ts';
import type { PlannedSchema } from './planned-schema.ts';
import type { Refusal } from './refusals.ts';

/** What a restore will do. */
export type Plan = InPlacePlan | NewDatabasePlan | BesidePlan;

interface PlanOfAny {
  manifest: Manifest;
  request: RestoreRequest;
  /** The part of the backup that is restored. */
  scope: RestoreScope;
  /** Size of the rows as COPY text. */
  rawBytes: number;
  tables: TablePlan[];
  missingRoles: string[];
  /** What each of them is needed for. */
  missingRoleUses: RoleUse[];
  /** Tablespaces that something is to be made in, and that the server lacks. */
  missingTablespaces: string[];
  /** What is made in the default tablespace instead, for people. */
  moved: string[];
  extensionProblems: ExtensionProblem[];
  /** Why it cannot be carried out, the most important first; empty if it can. */
  refusals: Refusal[];
  warnings: string[];
}

/** Replaces the rows of live tables, and creates what is missing. */
export interface InPlacePlan extends PlanOfAny {
  mode: 'in-place';
  schema: PlannedSchema;
  /** When each missing entry is created. */
  order: CreationOrder;
  drift: Drift[];
  /** Tables of another form than in the backup, and how the rows go into them; empty unless asked for. */
  adaptations: Map<ManifestTable, Adaptation>;
  /** Differences of tables that are replaced; empty unless asked for. */
  replacedDrift: Drift[];
  /** What came since and is dropped for good. */
  lost: LostObject[];
  /** Live relations that other sessions cannot use meanwhile. */
  locks: QualifiedName[];
  /** Dropped and added again. */
  foreignKeys: TableConstraint[];
  /** A sentence that says how the backup's database differs from this one; null if it is the same. */
  otherDatabase: string | null;
  /** Of the undo of a restore. */
  undo: PlannedUndo | null;
}

/** Makes tables under other names beside the live ones, and touches nothing else. */
export interface BesidePlan extends PlanOfAny {
  mode: 'beside';
  /** The schema that is made for them; null where they go into schemas that are there. */
  newSchema: string | null;
  /** What is created, under its new names, in pg_dump's order. */
  entries: SchemaEntry[];
  /** What the tables of the scope become. */
  copies: Map<ManifestTable, ManifestTable>;
  sequences: ManifestSequence[];
  /** Every table and sequence that is made, also tables without rows of their own. */
  relations: QualifiedName[];
  types: QualifiedName[];
  /** Types of today that are made anew, which nothing that is made may refer to. */
  replacedTypes: QualifiedName[];
  /** What hangs on the tables and is not made, and why; a clause. */
  notMade: { what: string; why: string }[];
  /** What is used as it is today and is defined differently in the backup, in words. */
  differs: string[];
  /** Whether the same pg_dump reads the same server: what is made must read exactly as planned. */
  exact: boolean;
  /** The statement that removes what is made. */
  removal: string;
  otherDatabase: string | null;
}

/** Makes a database. */
export interface NewDatabasePlan extends PlanOfAny {
  mode: 'new-database';
  database: string;
  /** Whether it is on another server than the catalog. */
  elsewhere: boolean;
  /** Whether an empty database has the name, which is dropped when this one gets it. */
  replacesEmpty: boolean;
  /** What is created in it, in pg_dump's order. */
  entries: SchemaEntry[];
  /** Foreign keys that are not created, because the table they refer to is not restored. */
  omittedForeignKeys: SchemaEntry[];
  /** The extensions that are made. */
  extensions: PlannedExtension[];
  /** Owner, privileges and settings of the database itself. */
  properties: PlannedDatabase;
}

export function rawBytesOf(tables: readonly ManifestTable[]): number {
  return tables.reduce((sum, table) => sum + table.rawBytes, 0);
}
