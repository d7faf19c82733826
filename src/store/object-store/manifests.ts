import { createHash } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { Objects } from '../objects/objects.ts';
import { setAsideFolder, type Store } from '../store.ts';
import { lockFromNow, lockNeeded } from './locking.ts';
import { folders, manifestName, readName } from './names.ts';
import type { Parts } from './reading.ts';

type ManifestMethods = Pick<
  Store,
  'putManifest' | 'getManifest' | 'lackingChunks' | 'deleteManifest' | 'listManifests' | 'setManifestAside'
>;

/**
 * Manifests, one object each: a line with the JSON document, then a line with its SHA-256. ChunkIndex says how a manifest is put
 * while chunks are deleted.
 */
export function manifests(parts: Parts): ManifestMethods {
  const { objects, index, lane } = parts;
  return {
    async putManifest(uuid, manifest, names, fence) {
      const content = contentOf(manifest);
      const name = manifestName(uuid);
      const write = await index.beginManifest(uuid, names, fence);
      try {
        await lockNeeded(parts, names);
      } catch (error) {
        await index.cancelManifest(write).catch(() => {});
        throw error;
      }
      try {
        await lane(() => objects.put(name, content, { lock: lockFromNow(parts.lock) }));
      } catch (error) {
        if (!(await isThere(objects, name, content))) {
          // What a cleanup may delete to make room must not wait for it.
          if (isRefusal(error)) await index.cancelManifest(write).catch(() => {});
          throw error;
        }
      }
      const refusal = await index.endManifest(write);
      if (!refusal) return;
      if (await isThere(objects, name, content)) await lane(() => objects.delete(name)).catch(() => {});
      throw refusal;
    },

    async getManifest(uuid) {
      const found = await lane(() => objects.get(manifestName(uuid)));
      return found && documentIn(found.content, uuid, objects.address);
    },

    deleteManifest: (uuid) => lane(() => objects.delete(manifestName(uuid))),

    async setManifestAside(uuid) {
      const from = manifestName(uuid);
      const found = await lane(() => objects.get(from));
      if (!found) return undefined;
      const to = setAsideName(uuid, found.content);
      await lane(() => objects.put(to, found.content));
      await lane(() => objects.delete(from));
      return { from, to };
    },

    async *listManifests() {
      for await (const { name } of objects.list(folders.manifests)) {
        const named = readName(name);
        if (named.kind === 'manifest') yield named.uuid;
      }
    },

    lackingChunks: (names) => index.lackingChunks(names),
  };
}

/** Whether nothing of the put is under way any more. */
function isRefusal(error: unknown): boolean {
  return error instanceof HoldfastError && (error.code === 'STORE_FULL' || error.code === 'STORE_DENIED');
}

/** Whether a put that failed has written; false where nobody can tell. */
async function isThere(objects: Objects, name: string, content: Uint8Array): Promise<boolean> {
  const found = await objects.get(name).catch(() => undefined);
  return found !== undefined && Buffer.compare(found.content, content) === 0;
}

/** Another one under the same uuid has another name. */
function setAsideName(uuid: string, content: Uint8Array): string {
  const digest = createHash('sha256').update(content).digest('hex');
  return `${setAsideFolder}${uuid}-${digest.slice(0, 16)}`;
}

function contentOf(manifest: unknown): Buffer {
  const document = JSON.stringify(manifest);
  return Buffer.from(`${document}\n${JSON.stringify({ sha256: sha256(document) })}\n`);
}

function documentIn(content: Uint8Array, uuid: string, address: string): unknown {
  const [document, digest, ...rest] = Buffer.from(content).toString('utf8').split('\n');
  try {
    if (digest === JSON.stringify({ sha256: sha256(document ?? '') }) && rest.join() === '') {
      return JSON.parse(document!) as unknown;
    }
  } catch {
    // The hash proves no more than that both lines were written together.
  }
  throw new HoldfastError(
    'MANIFEST_INVALID',
    `The manifest of backup ${uuid} in ${address} is not what was written: the object ${manifestName(uuid)} is damaged.`,
    {
      hint: 'This backup can no longer be restored from this store. Restore from another copy or another backup.',
    },
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
