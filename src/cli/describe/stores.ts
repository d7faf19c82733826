import type { StoreSummary, TakeStoreAnswer } from '../../api/contract.ts';
import { bytes, relative } from '../../base/units.ts';
import { green } from '../terminal/style.ts';
import { table } from '../terminal/table.ts';
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
    store.writer ? `${printable(store.writer.host)}, ${relative(store.writer.at)}` : '-',
    printable(store.address),
  ]);
  const lines = stores.flatMap(({ name, error }) =>
    error ? [`${name}: ${printable(error.message)}${error.hint ? `\n  ${printable(error.hint)}` : ''}`] : [],
  );
  const columns = [
    { title: 'NAME' },
    { title: 'ROLE' },
    { title: 'STATE' },
    { title: 'ENCRYPTED', expendable: 1 },
    { title: 'BACKUPS', align: 'right' as const },
    { title: 'SIZE', align: 'right' as const },
    { title: 'LAST WRITER', expendable: 2 },
    { title: 'ADDRESS', atLeast: 20 },
  ];
  return [table(columns, rows), ...lines].join('\n');
}

export function describeTaken({ name, address }: TakeStoreAnswer): string {
  return `${green('✓')} This installation writes to the store ${name} (${printable(address)}) now. Another one that tries gets STORE_TAKEN.`;
}
