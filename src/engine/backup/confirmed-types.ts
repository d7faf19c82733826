import { HoldfastError } from '../../base/errors.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { readTextTypes, type TextType } from '../../postgres/inspect/text-types.ts';
import { readingSettings } from '../../postgres/session-settings.ts';
import { Session } from '../../postgres/wire/session.ts';

/**
 * A value becomes text by its type as that is right then, and the definitions are those of the snapshot: with a label of an enum
 * that was renamed between the two, rows would not fit their own table. Nothing locks a type against that, so it is found out
 * when all rows have been read.
 * @param before the types as the snapshot shows them
 * @throws TABLE_VANISHED
 */
export async function confirmTypes(
  source: ConnectionTarget,
  oids: readonly number[],
  before: ReadonlyMap<string, TextType>,
  signal: AbortSignal,
): Promise<void> {
  const session = await Session.open(
    source,
    { applicationName: 'holdfast backup types', settings: readingSettings },
    signal,
  );
  try {
    const now = await readTextTypes(session, oids);
    const changed = [...before].filter(
      ([oid, type]) => JSON.stringify(now.get(oid)?.facts) !== JSON.stringify(type.facts),
    );
    if (changed.length === 0) return;
    const types = changed.map(([, { name }]) => name);
    throw new HoldfastError(
      'TABLE_VANISHED',
      `Types were altered while rows that have values of them were read: ${types.join(', ')}.`,
      { details: { types } },
    );
  } finally {
    await session.close();
  }
}
