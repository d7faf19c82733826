import { HoldfastError } from '../base/errors.ts';
import type { Manifest } from '../format/manifest.ts';
import type { Session } from '../postgres/wire/session.ts';

/** The encoding that is none: rows of such a database are kept as the bytes they are. */
export const anyBytes = 'SQL_ASCII';

/** What a connection needs, beside the settings of ours, that loads rows of this backup. */
export function textSettings({ settings }: Manifest): Record<string, string> {
  return settings['client_encoding'] === anyBytes ? { client_encoding: anyBytes } : {};
}

/** @throws ENCODING_NOT_SUPPORTED when rows of this backup may be no text in the database of `session` */
export async function requireFittingEncoding(session: Session, manifest: Manifest): Promise<void> {
  if (manifest.source.encoding !== anyBytes) return;
  const [live] = await session.query<{ encoding: string }>(
    'select pg_catalog.getdatabaseencoding() as encoding',
  );
  if (live?.encoding === anyBytes) return;
  throw new HoldfastError(
    'ENCODING_NOT_SUPPORTED',
    `The backup is of a database of encoding ${anyBytes}, whose rows may hold any bytes; this one is ${live?.encoding}.`,
    { hint: 'Restore it into a new database, which gets that encoding.' },
  );
}
