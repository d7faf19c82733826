import { z } from 'zod';
import { leftBehind, targetUrl } from './another-server.ts';
import { schemaNames } from './names.ts';
import { errorAnswer, id, maxWorkers, runState, storableText, tablePatterns } from './fields.ts';
import { identity } from './identity.ts';
import { runFields } from './run-fields.ts';
import { chosenRows, plannedRows, restoredRows } from './chosen-rows.ts';
import { chosenTenant, tenantGiven } from './chosen-tenant.ts';
import { restoreChoice, restoreCoverage, schemas } from './restore-choice.ts';
import { besideFindings, depthFields, depthRules } from './restore-depth.ts';
import { ownership, targetChoices, targetFindings } from './ownership.ts';
import { askedTarget, restoreTarget } from './restore-target.ts';
import { targetRules } from './target-rules.ts';
import { adaptChoice, adaptedTable, adaptFields, onDrift } from './adapt.ts';
import { notMade } from './not-made.ts';
import { drift } from './drift.ts';
import { doneReplacement, dropNew, plannedReplacement, replaceChoice } from './replace.ts';
import { plannedStep } from './restore-steps.ts';
import { plannedUndo } from './undo.ts';
import { plannedWayBack, restoreWayBack, safetyBackup, wayBackChoice } from './way-back.ts';

/** `POST /restore` */
export const restoreBody = z
  .strictObject({
    backupId: id,
    restoreType: restoreCoverage.default('full'),
    tables: tablePatterns.default([]),
    schemas,
    ...depthFields,
    rows: chosenRows.optional().meta({ description: 'With restoreType `rows`: which ones, of one table' }),
    tenant: tenantGiven.optional().meta({
      description:
        'With restoreType `rows`, instead of `rows`: every row of this tenant in all tables. The setting `tenants` says which rows these are',
    }),
    target: askedTarget.default({ mode: 'in-place' }),
    targetUrl,
    onDrift: onDrift.default('fail').meta({
      description:
        'What happens when a live table differs from the backup: nothing is restored; the rows are adapted to the form that the table has today; or the tables are replaced, with their definitions and all that belongs to them',
    }),
    ...adaptFields,
    dropNew,
    owners: z.boolean().default(true).meta({
      description:
        'Whether owners and privileges are restored; without them all belongs to the restoring role',
    }),
    ...targetChoices,
    onRefreshFailure: z.enum(['fail', 'leave-empty']).default('fail').meta({
      description:
        'What happens when a materialized view cannot be refreshed: nothing is restored, or it stays without rows and is listed in report.leftEmpty',
    }),
    onInvalid: z.enum(['fail', 'not-valid']).default('fail').meta({
      description:
        'What happens when rows violate a foreign key or CHECK: nothing is restored, or the constraint is NOT VALID and is listed in report.notValid',
    }),
    withoutExtensions: z.array(storableText(63).min(1)).max(1000).default([]).meta({
      description: 'Extensions to leave out, with everything that needs them; the plan lists it in leftOut',
    }),
    allowOtherDatabase: z.boolean().default(false).meta({
      description:
        'Whether a restore in place may be from a backup of another database, by server and oid; else that is refused',
    }),
    maxWorkers: maxWorkers.nullable().default(null),
    safetyBackup,
    identity,
  })
  .superRefine(restoreChoice)
  .superRefine(targetRules)
  .superRefine(adaptChoice)
  .superRefine(depthRules)
  .superRefine(replaceChoice)
  .register(schemaNames, { id: 'RestoreBody' });
export type RestoreBody = z.input<typeof restoreBody>;

/** Of a plan. */
export const planOptions = z.strictObject({ statements: z.boolean().default(false) });

export const restoreSummary = z
  .object({
    id,
    backupId: id,
    backupUuid: z.string(),
    restoreType: restoreCoverage,
    tables: z.array(z.string()).meta({ description: 'As asked for; empty for everything in the backup' }),
    ...depthFields,
    rows: chosenRows.nullable().meta({ description: 'Which rows were asked for; null for whole tables' }),
    tenant: chosenTenant.nullable().meta({ description: 'Whose rows were asked for; null for others' }),
    target: restoreTarget,
    onDrift,
    ...adaptFields,
    dropNew,
    owners: z.boolean(),
    ownership,
    onMissingTablespace: z.enum(['fail', 'default']),
    extensionVersions: z.enum(['newest', 'same']),
    onRefreshFailure: z.enum(['fail', 'leave-empty']),
    onInvalid: z.enum(['fail', 'not-valid']),
    withoutExtensions: z.array(z.string()),
    allowOtherDatabase: z.boolean(),
    maxWorkers: z.number().nullable().meta({
      description:
        'How many machines may work on it at once; null for the setting of the one that performs it',
    }),
    safetyBackup: wayBackChoice.meta({ description: 'As asked for' }),
    safetyBackupId: id.nullable().meta({
      description: 'The backup of the tables that it replaced; null when there is none',
    }),
    wayBack: restoreWayBack,
    undoes: id.nullable().meta({ description: 'The restore that this one undoes' }),
    undoneBy: id.nullable().meta({
      description: 'The restore that undoes this one: it waits, is running or has completed',
    }),
    status: runState,
    ...runFields,
    error: errorAnswer.nullable(),
  })
  .register(schemaNames, { id: 'RestoreSummary' });
export type RestoreSummary = z.infer<typeof restoreSummary>;

/** What a restore would do to one table. */
export const tablePlan = z.object({
  table: z.string().meta({ description: '`schema.name`' }),
  copyOf: z
    .string()
    .optional()
    .meta({ description: 'Of a table made beside the live one: its name in the backup' }),
  action: z.enum(['replace', 'create', 'merge', 'drop']).meta({
    description:
      'Replace the rows of a table, create a missing one, put chosen rows among those that are there, or drop one that came since',
  }),
  rowsInBackup: z.number().meta({ description: 'With content `schema` 0: none are restored' }),
  rowsNow: z.number().nullable().meta({
    description: 'Exact below a million by the estimate, else the estimate; null for a missing table',
  }),
  rowsNowIsEstimate: z.boolean(),
});
export type TablePlan = z.infer<typeof tablePlan>;

/** Why a restore would be refused: the error that it would end in. */
export const refusal = errorAnswer.omit({ details: true }).register(schemaNames, { id: 'Refusal' });
export type Refusal = z.infer<typeof refusal>;

/** What a restore would do, before it does it. A plan stored by an older version lacks what has a default. */
export const restorePlan = z
  .object({
    target: restoreTarget,
    refusals: z.array(refusal).default([]).meta({
      description:
        'Why the restore would be refused before it changes anything, the error that it would answer with first; empty when it can go ahead',
    }),
    otherDatabase: z.string().nullable().default(null).meta({
      description: 'In place: in what the database of the backup is another than this one',
    }),
    statements: z.array(z.string()).optional().meta({
      description: 'With `sql=true`: the SQL of the backup in the order in which it would be run',
    }),
    tables: z.array(tablePlan),
    drift: z.array(drift).meta({
      description:
        'Differences for which the restore is refused; with onDrift "adapt" those that cannot be adapted',
    }),
    adapted: z.array(adaptedTable).default([]).meta({
      description: 'With onDrift "adapt": tables of another form, and what becomes of the rows of the backup',
    }),
    ...plannedReplacement,
    missingRoles: z.array(z.string()),
    ...targetFindings,
    missingExtensions: z.array(z.string()).meta({ description: 'Would have to be created and cannot be' }),
    extensionProblems: z.array(z.string()).default([]).meta({
      description: 'Why each of them cannot be created',
    }),
    create: z.array(z.string()).meta({ description: 'Missing objects of the backup that are made' }),
    leftOut: z.array(z.string()).default([]).meta({
      description: 'What the backup has and the restore does not make, with the reason',
    }),
    notMade,
    differs: z.array(z.string()).default([]).meta({
      description: 'Objects that are defined in another way than in the backup; they stay as they are',
    }),
    extra: z.array(z.string()).default([]).meta({
      description: 'Objects that the backup does not have; they stay as they are',
    }),
    foreignKeys: z.array(z.string()).meta({
      description:
        'Foreign keys that are dropped and added again, which proves them: `schema.table constraint`',
    }),
    locks: z.array(z.string()).default([]).meta({
      description: 'Tables and materialized views that no other session can use until it ends',
    }),
    rawBytes: z.number().default(0).meta({ description: 'Size of the rows as COPY text' }),
    rows: z.array(plannedRows).optional().meta({
      description: 'Of a restore of rows: what becomes of them, table by table, parents first',
    }),
    rangesRead: z.number().optional().meta({
      description: 'Of a restore of rows: how many ranges of the tables were read to find them',
    }),
    ranges: z.number().optional().meta({ description: 'How many these tables have' }),
    shared: z.array(z.string()).optional().meta({
      description:
        'Of a restore of a tenant: tables that their rows refer to, which are shared and left alone',
    }),
    wayBack: plannedWayBack,
    steps: z.array(plannedStep).default([]).meta({ description: 'What it does, in its order' }),
    undo: plannedUndo.optional(),
    ...besideFindings,
    warnings: z.array(z.string()).meta({ description: 'Plain sentences a careful operator wants to know' }),
  })
  .register(schemaNames, { id: 'RestorePlan' });
export type RestorePlan = z.output<typeof restorePlan>;

/** A plan that was asked for, with what earlier restores tell about it. */
export const restoreOutlook = restorePlan
  .extend({
    lockedMs: z.number().nullable().meta({
      description:
        'How long the locks are held, at the rate of earlier restores in place; null while none tells',
    }),
    measuredRestores: z.number().meta({ description: 'How many restores that rate is of' }),
    planId: z.string().nullable().meta({
      description:
        'With which `POST /restore` does exactly this, within an hour; null where the plan could not be kept',
    }),
  })
  .register(schemaNames, { id: 'RestoreOutlook' });
export type RestoreOutlook = z.output<typeof restoreOutlook>;

/** What a restore did. A report stored by an older version lacks what has a default. */
export const restoreReport = z
  .object({
    target: restoreTarget,
    tables: z.array(z.object({ table: z.string(), rows: z.number(), expectedRows: z.number() })),
    rows: z.number(),
    rawBytes: z.number(),
    created: z.array(z.string()),
    largeObjects: z.number(),
    sequences: z.number(),
    sequencesSet: z.array(z.string()).optional().meta({
      description: 'In place: which sequences it set; missing in reports of older versions',
    }),
    transaction: z.string().optional().meta({
      description: 'In place: the number of the transaction in which it took effect (`pg_current_xact_id`)',
    }),
    leftEmpty: z.array(z.string()).default([]).meta({
      description: 'Materialized views that stayed without rows, because their refresh failed',
    }),
    notValid: z.array(z.string()).default([]).meta({
      description: 'Constraints that are NOT VALID, because rows violate them',
    }),
    leftOut: z.array(z.string()).default([]).meta({ description: 'What was not made, with the reason' }),
    chosenRows: z.array(restoredRows).optional().meta({
      description: 'Of a restore of rows: what became of them, table by table',
    }),
    adapted: z.array(adaptedTable).default([]).meta({
      description: 'Tables of another form than in the backup, and what became of the rows',
    }),
    ...besideFindings,
    ...doneReplacement,
    warnings: z.array(z.string()),
    phaseMs: z.record(z.string(), z.number()).meta({ description: 'Milliseconds by phase' }),
  })
  .register(schemaNames, { id: 'RestoreReport' });
export type RestoreReport = z.output<typeof restoreReport>;

export const restoreDetail = restoreSummary
  .extend({
    plan: restorePlan.nullable().meta({ description: 'What it set out to do' }),
    report: restoreReport.nullable().meta({ description: 'What it did; null unless completed' }),
    leftBehind,
  })
  .register(schemaNames, { id: 'RestoreDetail' });
export type RestoreDetail = z.infer<typeof restoreDetail>;

/** 202, or 201 after waiting. */
export const restoreAnswer = z.object({ success: z.literal(true), restore: restoreSummary });

/** `GET /restore`, newest first. */
export const restorePage = z
  .object({ restores: z.array(restoreSummary), total: z.number(), nextCursor: z.string().optional() })
  .register(schemaNames, { id: 'RestorePage' });
export type RestorePage = z.infer<typeof restorePage>;
