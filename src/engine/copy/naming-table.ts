import { HoldfastError } from '../../base/errors.ts';
import { chunksIn } from '../../format/manifest-items.ts';
import { displayName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { Store } from '../../store/store.ts';
import { isChunkDamage } from '../read/chunk-reader.ts';
import { openManifest } from '../read/manifest.ts';

/**
 * Says of an error about a chunk of a backup which table it belongs to, as far as the manifest can be read.
 * @returns any other error as it is
 */
export async function namingTable(error: unknown, from: Store, uuid: string): Promise<unknown> {
  if (!isChunkDamage(error)) return error;
  const { chunk, part } = (error.details ?? {}) as { chunk?: string; part?: string };
  if (chunk === undefined || part !== undefined) return error;
  const owner = await ownerOf(chunk, from, uuid).catch(() => undefined);
  const whose =
    owner === undefined
      ? 'What it belongs to is in the manifest, which cannot be read.'
      : `It belongs to ${owner.what}.`;
  return new HoldfastError(
    error.code,
    `${error.message} ${whose} Backup ${uuid} was not copied; what the other store holds of it does no harm.`,
    {
      cause: error,
      details: { ...error.details, uuid, ...(owner?.table === undefined ? {} : { table: owner.table }) },
    },
  );
}

interface Owner {
  what: string;
  table?: string;
}

async function ownerOf(chunk: string, from: Store, uuid: string): Promise<Owner | undefined> {
  const opened = await openManifest(from, await from.getManifest(uuid), uuid);
  if (opened.root?.parts.some(({ id }) => id === chunk)) return { what: 'the manifest' };
  let table: QualifiedName | undefined;
  for await (const item of opened.items(['tables', 'large-objects'])) {
    if (item.name === 'table') table = item.value;
    if (!chunksIn(item).some(({ id }) => id === chunk)) continue;
    if (item.kind === 'large-objects' || !table) return { what: 'the large objects' };
    return { what: `table ${displayName(table)}`, table: displayName(table) };
  }
  return undefined;
}
