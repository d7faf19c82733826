/*
 * diff/ owns which rows of a table differ between a backup and the database or another backup, and how a row was in each of some
 * backups. It never changes either.
 */
import { HoldfastError } from '../../base/errors.ts';
import { count } from '../../base/units.ts';
import { fieldsOf } from '../../format/copy-fields.ts';
import { undescribedChunks } from '../../format/undescribed-chunks.ts';
import { KeyedRows } from './keyed-rows.ts';
import { differingFields, firstFields } from './lines.ts';
import type { Side, SideColumn } from './side.ts';

export interface Compared {
  backup: Side;
  /** How many rows it has at most. */
  backupRows: number;
  other: Side;
  /** Columns that no two rows of a side have the same values of. */
  key: readonly string[];
  /** Rows that both have and nobody has to read. */
  unchanged: number;
}

export interface RowChange {
  change: 'added' | 'removed' | 'changed';
  /** In the order of `columns`; null where the backup has no such row. */
  backup: (string | null)[] | null;
  other: (string | null)[] | null;
  /** Names of the columns that differ, of a changed row. */
  differing: string[];
}

export interface RowDiff {
  key: string[];
  /** That both have: of the key first. */
  columns: SideColumn[];
  /** Columns that only one side has, and those of another type. */
  onlyInBackup: string[];
  onlyInOther: string[];
  otherTypes: { name: string; backup: string; other: string }[];
  /** In the other side, seen from the backup. */
  added: number;
  removed: number;
  changed: number;
  unchanged: number;
  /** Some of each kind. */
  rows: RowChange[];
  /** Whether there are more than are shown. */
  more: boolean;
}

/** Of one comparison. They are kept in memory, 37 bytes each. */
const rowsMax = 3_000_000;
/** Of the rows that are shown. */
const shownBytesMax = 8 * 1024 * 1024;

interface Shown {
  backup: Uint8Array | null;
  other: Uint8Array | null;
}

/**
 * Compares two tables row by row, by a key, as PostgreSQL writes their values. Reads the backup once, or twice to show rows that differ;
 * the other side once.
 * @param limit rows of each kind that are shown
 * @throws DIFF_NOT_POSSIBLE; what reading throws
 */
export async function diffRows(
  { backup, backupRows, other, key, unchanged }: Compared,
  limit: number,
): Promise<RowDiff> {
  const found: RowDiff = {
    ...describe(backup, other, key),
    added: 0,
    removed: 0,
    changed: 0,
    unchanged,
    rows: [],
    more: false,
  };
  requireComparable(found, backup, other, backupRows);
  const names = found.columns.map(({ name }) => name);
  const keyOf = (line: Uint8Array): Uint8Array => firstFields(line, key.length);
  const known = new KeyedRows(backupRows);
  await backup.read(names, (line) => {
    if (known.isFull) throw moreThanNamed(backup);
    if (!known.add(keyOf(line), line)) throw notUnique(backup, key);
    return true;
  });
  const added: Shown[] = [];
  const changed = new Map<string, Shown>();
  let room = shownBytesMax;
  /** Whether one more may be shown. */
  const mayShow = (shown: number, line: Uint8Array): boolean => {
    if (shown >= limit || line.length > room) return false;
    room -= line.length;
    return true;
  };
  await other.read(names, (line) => {
    const meeting = known.meet(keyOf(line), line);
    if (meeting === 'again') throw notUnique(other, key);
    if (meeting === 'same') found.unchanged++;
    else if (meeting === 'new') {
      if (mayShow(found.added++, line)) added.push({ backup: null, other: Buffer.from(line) });
    } else if (mayShow(found.changed++, line)) {
      changed.set(Buffer.from(keyOf(line)).toString('base64'), { backup: null, other: Buffer.from(line) });
    }
    return true;
  });
  found.removed = known.rows - (found.unchanged - unchanged) - found.changed;
  const removed: Shown[] = [];
  let toFind = changed.size;
  if (found.removed > 0 || toFind > 0) {
    let seen = 0;
    await backup.read(names, (line) => {
      const rowKey = keyOf(line);
      if (known.isAlone(rowKey)) {
        if (mayShow(seen++, line)) removed.push({ backup: Buffer.from(line), other: null });
      } else if (toFind > 0) {
        const shown = changed.get(Buffer.from(rowKey).toString('base64'));
        if (shown) {
          shown.backup = Buffer.from(line);
          toFind--;
        }
      }
      return toFind > 0 || seen < Math.min(found.removed, limit);
    });
  }
  const all = [...removed, ...changed.values(), ...added];
  found.rows = all.map((each) => asChange(each, names));
  found.more = all.length < found.added + found.removed + found.changed;
  return found;
}

function describe(
  backup: Side,
  other: Side,
  key: readonly string[],
): Pick<RowDiff, 'key' | 'columns' | 'onlyInBackup' | 'onlyInOther' | 'otherTypes'> {
  const inOther = new Map(other.columns.map((column) => [column.name, column]));
  const inBackup = new Set(backup.columns.map(({ name }) => name));
  const shared = backup.columns.filter(({ name }) => inOther.has(name));
  return {
    key: [...key],
    columns: [
      ...key.flatMap((name) => shared.find((column) => column.name === name) ?? []),
      ...shared.filter(({ name }) => !key.includes(name)),
    ],
    onlyInBackup: backup.columns.filter(({ name }) => !inOther.has(name)).map(({ name }) => name),
    onlyInOther: other.columns.filter(({ name }) => !inBackup.has(name)).map(({ name }) => name),
    otherTypes: shared.flatMap(({ name, type }) => {
      const now = inOther.get(name)!.type;
      return now === type ? [] : [{ name, backup: type, other: now }];
    }),
  };
}

function requireComparable({ key, columns }: RowDiff, backup: Side, other: Side, backupRows: number): void {
  const lacking = key.find((name) => !columns.some((column) => column.name === name));
  if (lacking !== undefined) {
    throw notPossible(`The column ${lacking} of the key is not in both, ${backup.name} and ${other.name}.`);
  }
  if (backupRows <= rowsMax) return;
  throw new HoldfastError(
    'DIFF_NOT_POSSIBLE',
    `${count(backupRows)} rows of ${backup.name} would have to be compared, and at most ${count(rowsMax)} are.`,
    {
      hint: 'Take a backup and compare with that one: what both share is not read. Or look at single rows by their key: holdfast rows, holdfast history.',
    },
  );
}

function notUnique({ name }: Side, key: readonly string[]): HoldfastError {
  return notPossible(`More than one row of ${name} has the same ${key.join(', ')}.`);
}

function notPossible(message: string): HoldfastError {
  return new HoldfastError('DIFF_NOT_POSSIBLE', message);
}

function moreThanNamed({ name }: Side): HoldfastError {
  return undescribedChunks(`${name} has more rows of the table than its manifest says.`);
}

function asChange({ backup, other }: Shown, names: readonly string[]): RowChange {
  const values = (line: Uint8Array | null): (string | null)[] | null => line && fieldsOf(line);
  const change = backup === null ? 'added' : other === null ? 'removed' : 'changed';
  return {
    change,
    backup: values(backup),
    other: values(other),
    differing:
      backup && other ? differingFields(backup, other, names.length).map((place) => names[place]!) : [],
  };
}
