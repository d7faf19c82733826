import type { DatabasesAnswer, DatabaseSummary } from '../../api/contract.ts';
import { bytes, relative } from '../../base/units.ts';
import { yellow } from '../terminal/style.ts';
import { table } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';

const columns = [
  { title: 'NAME', atLeast: 12 },
  { title: 'HEALTH' },
  { title: 'LAST GOOD BACKUP' },
  { title: 'BACKUPS', align: 'right' as const },
  { title: 'SIZE', align: 'right' as const },
  { title: 'RUNNING', expendable: 2 },
  { title: 'SERVER', expendable: 1 },
];

/** Healthy and all of them: 0. */
export function databasesExitCode({ databases, unprotected, unseen }: DatabasesAnswer): number {
  const well = databases.every(({ health }) => health?.state === 'healthy');
  return well && unprotected.length === 0 && unseen.length === 0 ? 0 : 1;
}

export function describeDatabases({ databases, unprotected, unseen }: DatabasesAnswer): string {
  const rows = databases.map((each) => [
    printable(each.name),
    each.health?.state ?? each.state,
    each.lastGoodAt === null ? '-' : relative(each.lastGoodAt),
    each.backups === null ? '-' : String(each.backups.completed),
    each.storedBytes === null ? '-' : bytes(each.storedBytes),
    each.running === null ? '-' : `${each.running.kind} ${each.running.id}`,
    printable(each.server),
  ]);
  return [
    table(columns, rows),
    ...databases.flatMap(trouble),
    ...unprotected.map(
      ({ server, database }) =>
        `${yellow('!')} ${printable(database)} on ${printable(server)} is not protected`,
    ),
    ...unseen.map(
      ({ server, problem }) =>
        `${yellow('!')} which databases ${printable(server)} has is not known: ${printable(problem)}`,
    ),
  ].join('\n');
}

function trouble({ name, problem, health }: DatabaseSummary): string[] {
  const said = problem ?? (health?.state === 'healthy' ? null : health?.message);
  return said ? [`${yellow('!')} ${printable(name)}: ${printable(said)}`] : [];
}
