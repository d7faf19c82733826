import type { Manifest } from '../format/manifest.ts';
import type { Session } from '../postgres/wire/session.ts';

/** The encoding that is none: rows of such a database are kept as the bytes they are. */
export const anyBytes = 'SQL_ASCII';

/** What a connection needs, beside the settings of ours, that loads rows of this backup. */
export function textSettings({ settings }: Manifest): Record<string, string> {
  return settings['client_encoding'] === anyBytes ? { client_encoding: anyBytes } : {};
}

/** Both encodings, when rows of this backup may be no text in the database of `session`. */
export async function misfittingEncoding(
  session: Session,
  manifest: Manifest,
): Promise<{ backup: string; live: string } | undefined> {
  if (manifest.source.encoding !== anyBytes) return undefined;
  const [live] = await session.query<{ encoding: string }>(
    'select pg_catalog.getdatabaseencoding() as encoding',
  );
  return live!.encoding === anyBytes ? undefined : { backup: anyBytes, live: live!.encoding };
}
