import type {
  SetAsideAnswer,
  StoreCheck,
  StoreImport,
  StoreSummary,
  TakeStoreAnswer,
} from '../../api/contract.ts';
import { bytes, counted, relative } from '../../base/units.ts';
import { readSentence } from '../../contract/health-words.ts';
import { green, yellow } from '../terminal/style.ts';
import { table } from '../terminal/table.ts';
import { localTime } from '../terminal/units.ts';
import { printable } from '../terminal/text.ts';

const roles: Record<StoreSummary['role'], string> = { written: 'written to', copy: 'copied to', other: '-' };

export function describeStores(stores: readonly StoreSummary[]): string {
  const rows = stores.map((store) => [
    store.name,
    roles[store.role],
    store.state,
    store.sealed === null ? '?' : store.sealed ? 'yes' : 'no',
    String(store.backups),
    store.storedBytes === null ? '?' : bytes(store.storedBytes),
    tested(store),
    store.writer ? `${printable(store.writer.host)}, ${relative(store.writer.at)}` : '-',
    printable(store.address),
  ]);
  const lines = stores.flatMap(({ name, error, lastTest }) => {
    if (error)
      return [`${name}: ${printable(error.message)}${error.hint ? `\n  ${printable(error.hint)}` : ''}`];
    const { error: failed, failingSince } = lastTest ?? {};
    if (!failed || !failingSince) return [];
    return [`${name}: its self-test fails since ${relative(failingSince)}: ${printable(failed.message)}`];
  });
  const columns = [
    { title: 'NAME' },
    { title: 'ROLE' },
    { title: 'STATE' },
    { title: 'ENCRYPTED', expendable: 1 },
    { title: 'BACKUPS', align: 'right' as const },
    { title: 'SIZE', align: 'right' as const },
    { title: 'LAST TEST', expendable: 3 },
    { title: 'LAST WRITER', expendable: 2 },
    { title: 'ADDRESS', atLeast: 20 },
  ];
  return [table(columns, rows), ...lines, ...stores.flatMap(readSince), ...stores.flatMap(lockedIn)].join(
    '\n',
  );
}

/** `works, 2 hours ago` */
function tested({ lastTest }: StoreSummary): string {
  if (lastTest === null) return '-';
  return `${lastTest.works ? 'works' : 'fails'}, ${relative(lastTest.testedAt)}`;
}

/** What is known of the bytes in it. */
function readSince({ name, readSince: since }: StoreSummary): string[] {
  return since === null ? [] : [`${name}: ${readSentence(since)}`];
}

/** What a cleanup leaves for now. */
function lockedIn({ name, locked }: StoreSummary): string[] {
  if (!locked) return [];
  return [
    `${name}: ${counted(locked.objects, 'object')} (${bytes(locked.bytes)}) that no backup needs ${locked.objects === 1 ? 'is' : 'are'} locked, the last until ${localTime(locked.until)}`,
  ];
}

export function describeTaken({ name, address }: TakeStoreAnswer): string {
  return `${green('✓')} This installation writes to the store ${name} (${printable(address)}) now. Another one that tries gets STORE_TAKEN.`;
}

export function describeSetAside({ name, from, to }: SetAsideAnswer): string {
  return `${green('✓')} In the store ${name}, ${from} is out of the way. It is kept as ${to}. The next cleanup goes on.`;
}

/** What of a store needs no attention is in one line, everything else in a line each. */
export function describeCheck(name: string, check: StoreCheck): string {
  const { index, refused, damaged } = check;
  const lines = [
    check.rolledBack ? `  ${yellow('!')} ${printable(check.rolledBack.message)}` : '',
    ...(index
      ? [
          found(index.missing.count, 'object', 'In the index, but no longer in the store'),
          found(index.damaged.count, 'object', 'Of another length than was written'),
          found(index.added.count, 'object', 'New in the index'),
          found(index.superfluous.count, 'object', 'Needed by nothing; a cleanup deletes it'),
          found(index.foreign.count, 'object', 'Not of Holdfast, left alone'),
        ]
      : []),
    found(check.missing.length, 'backup', 'Of this installation, and not in the store', check.missing),
    found(check.foreign.length, 'backup', 'Unknown to this installation', check.foreign),
    found(check.unfinished.length, 'manifest', 'Of runs that did not complete', check.unfinished),
    ...refused.map(
      ({ uuid, error }) => `  ${yellow('!')} backup ${printable(uuid)}: ${printable(error.message)}`,
    ),
    found(damaged.length, 'backup', 'Known to be damaged', damaged.map(String)),
  ].filter((line) => line !== '');
  const size = index ? `, ${counted(index.objects, 'object')}, ${bytes(index.bytes)}` : '';
  return [`${green('✓')} The store ${name}: ${counted(check.backups, 'backup')}${size}.`, ...lines].join(
    '\n',
  );
}

function found(number: number, what: string, which: string, names: readonly string[] = []): string {
  if (number === 0) return '';
  const some = names.slice(0, 5).map(printable).join(', ') + (names.length > 5 ? ', …' : '');
  return `  ${yellow('!')} ${which}: ${counted(number, what)}${some === '' ? '' : ` (${some})`}`;
}

export function describeImport(name: string, { imported, known, copies, refused }: StoreImport): string {
  return [
    `${green('✓')} ${counted(imported.length, 'backup')} of the store ${name} ${imported.length === 1 ? 'is' : 'are'} in the catalog now; it knew ${known} already.`,
    ...(copies.length === 0
      ? []
      : [`  ${counted(copies.length, 'copy', 'copies')} of backups elsewhere found.`]),
    ...refused.map(
      ({ uuid, error }) => `  ${yellow('!')} not ${printable(uuid)}: ${printable(error.message)}`,
    ),
  ].join('\n');
}
