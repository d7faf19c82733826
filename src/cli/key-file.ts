import * as fs from 'node:fs/promises';
import type { OpenOption } from '../api/contract.ts';
import { givenKeys } from '../engine/stores/key-texts.ts';

/**
 * What `--identity` names, for one call.
 * @throws INVALID_CONFIGURATION naming the file that cannot be read
 */
export async function openedBy({ identity }: { identity?: string | undefined }): Promise<OpenOption> {
  return identity === undefined ? {} : await givenKeys({ identity });
}

/** Writes a file that is not there yet: on the disk, and readable by its owner alone. @throws what the file system says */
export async function writeKeyFile(file: string, text: string): Promise<void> {
  const handle = await fs.open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } catch (error) {
    await fs.rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

/** Where folders can be flushed, so that the names survive a crash too. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, 'r').catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}
