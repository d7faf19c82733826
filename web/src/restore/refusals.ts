/** The refusals of a plan, and what to do about each. Pure. */
import type { RestorePlan } from '../data/client.ts';
import { lostLines } from '../../../src/contract/replace-words.ts';
import { counted } from '../format/numbers.ts';

export type Offer =
  | 'replace'
  | 'drop-new'
  | 'adapt'
  | 'new-database'
  | 'without-owners'
  | 'without-extensions'
  | 'newest-versions'
  | 'default-tablespace'
  | 'other-address'
  | 'other-database'
  | 'skip-conflicts'
  | 'overwrite-conflicts';

export interface RefusalNote {
  title: string;
  /** The obstacles, one line each. */
  items: string[];
  /** What to do about it. */
  remedy: string;
  /** Changes of the choices that the wizard can make itself. */
  offers: Offer[];
}

type Refusal = RestorePlan['refusals'][number];

interface Chosen {
  /** Whether owners and privileges are restored. */
  owners: boolean;
  /** Whether rows are adapted to tables of another form. */
  adapting: boolean;
  /** Whether extensions have to be of the versions of the backup. */
  sameVersions: boolean;
  /** Whether tables are replaced with their definitions. */
  replacing: boolean;
}

export function refusalNotes(plan: RestorePlan, chosen: Chosen): RefusalNote[] {
  return plan.refusals.map((refusal) => noteOf(refusal, plan, chosen));
}

function noteOf(
  refusal: Refusal,
  plan: RestorePlan,
  { owners, adapting, sameVersions, replacing }: Chosen,
): RefusalNote {
  const elsewhere = plan.target.mode === 'new-database' && plan.target.server !== undefined;
  switch (refusal.code) {
    case 'OTHER_DATABASE':
      return {
        title: 'The backup is from another database',
        items: plan.otherDatabase === null ? [] : [plan.otherDatabase],
        remedy:
          'Check that this is the right database and the right backup. In a copy of the database, after a move to another server or after pg_upgrade, this is expected.',
        offers: ['other-database'],
      };
    case 'SCHEMA_DRIFT': {
      const tables = new Set(plan.drift.map((each) => each.table)).size;
      return {
        title: `${counted(tables, 'table')} changed ${tables === 1 ? 'its' : 'their'} form since the backup`,
        items: plan.drift.map((each) => `${each.table}: ${each.difference}`),
        remedy: driftRemedy(adapting, replacing),
        offers: plan.target.mode === 'in-place' ? driftOffers(adapting, replacing) : [],
      };
    }
    case 'NEW_WOULD_BE_LOST':
      return {
        title: 'What came since the backup would be dropped',
        items: lostLines(plan),
        remedy:
          'Drop it, which an undo brings back from the safety backup. Or move it away first, or adapt the rows of the backup to the tables of today.',
        offers: ['drop-new', 'adapt'],
      };
    case 'ROLES_MISSING':
      return {
        title: `${counted(plan.missingRoles.length, 'role')} of the backup ${plan.missingRoles.length === 1 ? 'does' : 'do'} not exist here`,
        items: plan.missingRoles,
        remedy: replacing
          ? 'What is brought back needs them: a table without its owner and privileges would be another one. Create them on the server.'
          : owners
            ? `Create them on the server${plan.missingRoleUses.length > 0 ? ', name below others that take their place' : ''}, or restore without owners and privileges; then everything belongs to the role that restores.`
            : 'Policies name them, and a table without its policies would show more rows than before. Create them on the server.',
        offers: owners && !replacing ? ['without-owners'] : [],
      };
    case 'EXTENSIONS_MISSING':
      return {
        title: `${counted(plan.missingExtensions.length, 'extension')} of the backup cannot be created`,
        items: plan.extensionProblems,
        remedy:
          'Install them on the PostgreSQL server and plan again, or restore without them and without the objects that need them.',
        offers: [...(sameVersions ? ['newest-versions' as const] : []), 'without-extensions'],
      };
    case 'TABLESPACES_MISSING':
      return {
        title: `${counted(plan.missingTablespaces.length, 'tablespace')} of the backup ${plan.missingTablespaces.length === 1 ? 'does' : 'do'} not exist there`,
        items: plan.missingTablespaces,
        remedy:
          'Create them on the server, or let what was in them be made in the default tablespace. The rows are the same; only the disk is another.',
        offers: ['default-tablespace'],
      };
    case 'ROWS_CONFLICT':
      return {
        title: refusal.error,
        items: (plan.rows ?? []).flatMap(({ table, conflicting }) =>
          conflicting === 0 ? [] : [`${table}: ${counted(conflicting, 'row')}`],
        ),
        remedy:
          'They have changed since the backup. The first of them are below, column by column. Say what becomes of them; nothing changes before you have seen the plan.',
        offers: ['skip-conflicts', 'overwrite-conflicts'],
      };
    case 'DATABASE_EXISTS':
      return {
        title: refusal.error,
        items: [refusal.message],
        remedy: elsewhere
          ? 'Give the database another name, at the end of the address.'
          : (refusal.hint ?? ''),
        offers: elsewhere ? ['other-address'] : [],
      };
    default:
      return { title: refusal.error, items: [refusal.message], remedy: refusal.hint ?? '', offers: [] };
  }
}

function driftRemedy(adapting: boolean, replacing: boolean): string {
  if (adapting) {
    return 'Say below what became of these columns, and the rows of the backup are adapted. Or restore into a new database, or without these tables.';
  }
  if (replacing) {
    return 'Restore what is named here too, adapt the rows of the backup to the tables of today, or restore into a new database.';
  }
  return 'Bring the tables back as they were, adapt the rows of the backup to the tables of today, restore into a new database and copy the rows you need, or restore without these tables.';
}

function driftOffers(adapting: boolean, replacing: boolean): Offer[] {
  return [
    ...(adapting || replacing ? [] : (['replace'] as const)),
    ...(adapting ? [] : (['adapt'] as const)),
    'new-database',
  ];
}
