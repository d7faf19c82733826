import { presentContents } from '../../api/present-contents.ts';
import { count, bytes } from '../../base/units.ts';
import { countedTables } from '../../base/words.ts';
import { openManifest } from '../../engine/read/manifest.ts';
import { describeContents, describeWarnings, scope } from '../describe/backup.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { bold } from '../terminal/style.ts';
import { pairs } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';
import { localTime } from '../terminal/units.ts';
import { findBackup, withStore } from './alone.ts';
import type { AloneOptions } from './options.ts';

export async function show(
  invocation: Invocation,
  address: string,
  name: string,
  options: AloneOptions,
): Promise<Answer> {
  return withStore(invocation, options, address, async (opened) => {
    const { store, uuid, document, manifest } = await findBackup(invocation, opened, name);
    const { header, root } = await openManifest(store, document, uuid);
    const contents = presentContents(manifest);
    const { type, totals, source } = manifest;
    const about = root?.about ?? null;
    const at = header?.at ?? manifest.snapshot.at;
    const entries: [string, string][] = [
      [
        'of',
        type === 'partial'
          ? printable(manifest.tables.length === 0 ? 'nothing' : 'chosen tables')
          : scope({ type, tables: [] }),
      ],
      ['written', localTime(at)],
    ];
    if (about?.description) entries.push(['note', printable(about.description)]);
    if (!manifest.globals) {
      entries.push(
        ['rows', `${count(totals.rows)} in ${countedTables(totals.tables, contents.partitions)}`],
        ['size', `${bytes(totals.rawBytes)} as text, ${bytes(totals.storedBytes)} stored`],
      );
    }
    entries.push(
      ['server', `PostgreSQL ${printable(source.serverVersion)}`],
      ['store', printable(store.address)],
    );
    if (header) entries.push(['number', `${count(header.counter)} of those written into this store`]);
    return {
      document: {
        backup: {
          uuid,
          at,
          counter: header?.counter ?? null,
          sealed: header?.sealed ?? false,
          type,
          description: about?.description ?? null,
          totals,
          serverVersion: source.serverVersion,
          contents,
        },
      },
      text: [
        bold(`Backup ${uuid}`),
        pairs(entries),
        ...describeWarnings(contents.warnings),
        '',
        describeContents(contents),
      ].join('\n'),
    };
  });
}
