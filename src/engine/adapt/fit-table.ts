import type { ManifestColumn } from '../../format/manifest.ts';
import { quoteIdentifier, quoteLiteral, type QualifiedName } from '../../postgres/identifiers.ts';
import type { ColumnType, LiveColumn } from '../../postgres/inspect/column-types.ts';
import type { Partitioning } from '../../postgres/inspect/table-forms.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { AdaptedColumn, Adaptation, Fitting, FormThen, PutIn, TableWishes } from './adapt.ts';
import { putIn } from './put-in.ts';
import { typeChange, type TypeChange } from './type-changes.ts';
import { keyOfToday } from './key-of-today.ts';

/** A live table that rows of a backup are to go into. */
export interface FormNow {
  target: QualifiedName;
  columns: readonly LiveColumn[];
  /** Null for an ordinary table. */
  partitioning: Partitioning | null;
  /** Empty without one. */
  primaryKey: readonly string[];
}

/** What fitting needs beside both forms. */
export interface FittingContext {
  /** In a transaction; it reads the values of the request there. */
  session: Session;
  wishes: TableWishes;
  zone: string | null;
  /** A type of the backup; undefined for one that is not known any more. */
  typeThen(text: string): ColumnType | undefined;
}

/** How the rows of a table go into the live one; undefined where the forms are the same, and nothing is asked for. */
export async function fitTable(
  { table, uniqueKeys }: FormThen,
  now: FormNow,
  context: FittingContext,
): Promise<Fitting | undefined> {
  const { wishes } = context;
  const byName = new Map(now.columns.map((column) => [column.name, column]));
  const reasons: string[] = [];
  const changes: string[] = [];
  const warnings: string[] = [];
  const columns: AdaptedColumn[] = [];
  for (const column of table.columns) {
    if (column.generated !== null) continue;
    const name = wishes.renames.get(column.name) ?? column.name;
    const fitted = await fitColumn(column, byName.get(name), context);
    if ('reasons' in fitted) reasons.push(...fitted.reasons);
    else {
      columns.push(fitted.column);
      changes.push(...fitted.changes);
    }
  }
  const filled: Adaptation['filled'] = [];
  const taken = new Set(
    table.columns.flatMap(({ name, generated }) =>
      generated === null ? (wishes.renames.get(name) ?? name) : byName.get(name)?.generated ? name : [],
    ),
  );
  for (const { name, generated } of table.columns) {
    if (generated !== null && !byName.has(name))
      changes.push(`column "${name}", which was computed, is gone`);
  }
  for (const column of now.columns.filter(({ name }) => !taken.has(name))) {
    const found = await newColumn(column, context);
    if (typeof found === 'string') reasons.push(found);
    else {
      changes.push(found.change);
      if (found.value) filled.push({ name: column.name, value: found.value });
    }
  }
  if (now.partitioning) {
    changes.push('it is partitioned today: each row goes into the partition it belongs in');
    if (!now.partitioning.takesAll) {
      warnings.push('Rows for which it has no partition make the restore fail, and nothing is changed.');
    }
  }
  if (reasons.length > 0) return { reasons };
  const key = now.primaryKey.map((name) => `"${name}"`).join(', ');
  // Of a table of an extension it is not known which keys it had.
  const fate =
    now.primaryKey.length === 0 || table.entryId === null
      ? 'distinct'
      : keyOfToday(now.primaryKey, { columns, filled }, now.columns, uniqueKeys);
  if (fate === 'equal' && table.rows > 1) {
    return { reasons: [`all its rows would have the same primary key (${key})`] };
  }
  if (fate === 'depends') {
    changes.push(`its primary key is another one today (${key})`);
    warnings.push(
      'Rows of the backup that are equal in the primary key of today make the restore fail, and nothing is changed.',
    );
  }
  if (changes.length === 0) return undefined;
  if (columns.every(({ to }) => to === null) && filled.length === 0) {
    return { reasons: ['has no column today that rows of the backup could go into'] };
  }
  return {
    adaptation: {
      target: now.target,
      partitioned: now.partitioning !== null,
      columns,
      filled,
      changes,
      warnings,
    },
  };
}

type FittedColumn = { column: AdaptedColumn; changes: string[] } | { reasons: string[] };

async function fitColumn(
  column: ManifestColumn,
  live: LiveColumn | undefined,
  context: FittingContext,
): Promise<FittedColumn> {
  const { wishes } = context;
  const label = `column "${column.name}"`;
  if (!live || live.generated) {
    if (wishes.dropColumns.has(column.name)) {
      const left: AdaptedColumn = {
        from: column.name,
        to: null,
        conversion: { kind: 'none' },
        whenNull: null,
        values: {},
        readBack: '',
      };
      return { column: left, changes: [`${label} of the backup is left out, as asked`] };
    }
    const why = live ? 'is computed today' : 'is not in the database any more';
    return {
      reasons: [
        `${label} (${column.type}) ${why}: its values would be lost; leave them out with dropColumns (--drop-column)${live ? '' : ', or say with renames (--rename) what its name is today'}`,
      ],
    };
  }
  const then = context.typeThen(column.type);
  if (!then && column.type !== live.type.text) {
    return {
      reasons: [`${label}: the database does not have the type ${column.type} of the backup any more`],
    };
  }
  const from = then ?? live.type;
  const change = changeWith(from, live.type, wishes.values.get(column.name) ?? {}, context.zone);
  if (typeof change === 'string') return { reasons: [`${label}: ${change}`] };
  return withValues(column, live, change, context);
}

/** An enum of the same name may have lost values; those that become others are not missed. */
function changeWith(
  from: ColumnType,
  to: ColumnType,
  values: Readonly<Record<string, string>>,
  zone: string | null,
): TypeChange | string {
  const lost = lackingLabels(from, to).filter((label) => values[label] === undefined || from.element);
  if (lost.length > 0) {
    return `${to.text} lacks ${lost.map(quoteLiteral).join(', ')}, which rows of the backup may have; add what is lacking, or say with values (--value) what it becomes`;
  }
  const known = from.labels && to.labels ? { ...from, labels: to.labels } : from;
  return typeChange(known, to, zone);
}

function lackingLabels(from: ColumnType, to: ColumnType): string[] {
  if (from.element && to.element) return lackingLabels(from.element, to.element);
  const target = to.domain && !from.domain ? to.domain.of : to;
  return from.labels && target.labels ? from.labels.filter((each) => !target.labels!.includes(each)) : [];
}

async function withValues(
  column: ManifestColumn,
  live: LiveColumn,
  change: TypeChange,
  { session, wishes }: FittingContext,
): Promise<FittedColumn> {
  const label = `column "${column.name}"`;
  const fill = wishes.fill.get(live.name) ?? null;
  const reasons: string[] = [];
  const changes: string[] = [];
  if (live.name !== column.name || live.type.text !== column.type) {
    const from = live.type.text === column.type ? '' : ` (${column.type})`;
    const to = live.type.text === column.type ? '' : ` (${live.type.text})`;
    const zone = change.conversion.kind === 'in zone' ? `, as times in ${change.conversion.zone}` : '';
    changes.push(`${label}${from} goes into "${live.name}"${to}${zone}`);
  }
  if (live.collation !== column.collation) {
    changes.push(`${label} has collation ${live.collation ?? 'of its type'} today`);
  }
  if (column.notNull && !live.notNull) changes.push(`${label} may be empty today, and stays so`);
  let whenNull: PutIn | null = null;
  if (fill !== null) {
    const found = await putIn(session, fill, live.type, change);
    if (typeof found === 'string') reasons.push(`fill of "${live.name}": ${found}`);
    else {
      whenNull = found;
      changes.push(`where ${label} is empty, "${live.name}" gets ${JSON.stringify(found.text)}`);
    }
  } else if (live.notNull && !column.notNull) {
    reasons.push(
      `${label} may be empty in the backup and must not be today: say with fill (--fill) what such rows get`,
    );
  }
  const values: AdaptedColumn['values'] = {};
  for (const [old, wanted] of Object.entries(wishes.values.get(column.name) ?? {})) {
    const found = await putIn(session, wanted, live.type, change);
    if (typeof found === 'string') reasons.push(`values of "${column.name}": ${found}`);
    else {
      values[old] = found;
      changes.push(`where ${label} is ${JSON.stringify(old)}, it becomes ${JSON.stringify(found.text)}`);
    }
  }
  if (reasons.length > 0) return { reasons };
  const readBack = change.readBack(quoteIdentifier(live.name));
  return {
    column: {
      from: column.name,
      to: live.name,
      conversion: change.conversion,
      whenNull,
      values,
      readBack,
    },
    changes,
  };
}

/** What a column of today gets that the backup has no values for; as a text the reason why nothing can be. */
async function newColumn(
  column: LiveColumn,
  { session, wishes }: FittingContext,
): Promise<{ change: string; value?: PutIn } | string> {
  const label = `column "${column.name}"`;
  if (column.generated) return { change: `${label} is new, and computed` };
  const fill = wishes.fill.get(column.name);
  if (fill !== undefined) {
    if (fill === null && column.notNull) return `fill of "${column.name}": it must not be empty`;
    const value = await putIn(session, fill, column.type);
    if (typeof value === 'string') return `fill of "${column.name}": ${value}`;
    return { change: `${label} is new: each row gets ${JSON.stringify(value.text)}`, value };
  }
  if (column.identity || column.default !== null) {
    return { change: `${label} is new: each row gets its default` };
  }
  if (column.notNull) {
    return `${label} is new, must not be empty and has no default: say with fill (--fill) what each row gets`;
  }
  return { change: `${label} is new, and stays empty` };
}
