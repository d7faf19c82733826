import { redactedBody } from '../../base/redacted-body.ts';
import type { HoldfastError } from '../../base/errors.ts';
import { bytes, count } from '../../base/units.ts';
import { contradictions, latestOf, listBackups, type BackupAlone } from '../../engine/stores/read-alone.ts';
import { recipientsIn } from '../../engine/stores/open-store.ts';
import type { Store } from '../../store/store.ts';
import type { BackupType } from '../../contract/backup-type.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { red, yellow } from '../terminal/style.ts';
import { table } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';
import { localMinute } from '../terminal/units.ts';
import { withStore } from './alone.ts';
import type { AloneOptions } from './options.ts';

/** Every backup in a store, newest first; at most `limit` of those that are whole, and every one that is refused. */
export async function list(
  invocation: Invocation,
  address: string,
  options: AloneOptions & { limit: number },
): Promise<Answer> {
  return withStore(invocation, options, address, async ({ store }) => {
    const backups = await listBackups(store);
    const whole = backups.filter(({ refused }) => refused === null);
    const refused = backups.filter(({ refused }) => refused !== null);
    const shown = [...whole.slice(0, options.limit), ...refused];
    const notes = [
      ...(await keyNotes(store, backups)),
      ...contradictions(backups),
      ...latestNotes(backups, store),
    ];
    const { id = null, sealed } = store.keys;
    return {
      document: {
        store: { address: store.address, id, sealed },
        backups: shown.map(presentBackup),
        total: backups.length,
        notes,
      },
      text: [
        textOf(shown),
        ...footer(shown.length, backups.length),
        ...notes.map((note) => yellow(printable(note))),
      ].join('\n'),
    };
  });
}

/** A backup of a store alone, for programs. */
export function presentBackup({ refused, locked, contents, ...facts }: BackupAlone) {
  const { uuid, at, counter, sealed } = facts;
  const error: HoldfastError | null = refused ?? locked;
  return {
    uuid,
    at,
    counter,
    sealed,
    /** `refused`: forged, damaged, or of another store. `locked`: a key would show the contents. */
    state: refused ? 'refused' : locked ? 'locked' : 'readable',
    contents,
    error: error ? redactedBody(error) : null,
  };
}

async function keyNotes(store: Store, backups: readonly BackupAlone[]): Promise<string[]> {
  const locked = backups.some(({ locked }) => locked !== null);
  if (!locked) return [];
  const recipients = await recipientsIn(store);
  return [
    `The store is encrypted. What is in its backups shows --identity FILE with the key of ${recipients.join(' or ') || 'nobody: its keys are gone'}.`,
  ];
}

function latestNotes(backups: readonly BackupAlone[], store: Store): string[] {
  try {
    latestOf(backups, store);
    return [];
  } catch (error) {
    return backups.length === 0 ? [] : [(error as HoldfastError).message];
  }
}

function footer(shown: number, total: number): string[] {
  return shown < total ? [`${shown} of ${total}; show more with --limit.`] : [];
}

function textOf(backups: readonly BackupAlone[]): string {
  if (backups.length === 0) return 'There is no backup in this store.';
  return table(
    [
      { title: 'UUID' },
      { title: 'NUMBER', align: 'right', expendable: 3 },
      { title: 'WRITTEN' },
      { title: 'TABLES', align: 'right', expendable: 2 },
      { title: 'ROWS', align: 'right' },
      { title: 'STORED', align: 'right', expendable: 1 },
      { title: 'WHAT', atLeast: 16 },
    ],
    backups.map(({ uuid, counter, at, contents, refused, locked }) => [
      uuid,
      counter === null ? '' : count(counter),
      at === null ? '' : localMinute(at),
      contents ? count(contents.tables) : '',
      contents ? count(contents.rows) : '',
      contents ? bytes(contents.storedBytes) : '',
      refused
        ? `${red('refused')}: ${printable(refused.message)}`
        : locked
          ? 'encrypted'
          : printable(whatOf(contents)),
    ]),
  );
}

const whats: Record<BackupType, (database: string) => string> = {
  full: (database) => database,
  partial: (database) => `${database}, in part`,
  globals: (database) => `roles and tablespaces of the server of ${database}`,
};

function whatOf(contents: BackupAlone['contents']): string {
  if (!contents) return '';
  const { database, type, description } = contents;
  return [whats[type](database), description ?? ''].filter(Boolean).join(': ');
}
