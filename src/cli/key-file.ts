import * as fs from 'node:fs/promises';

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
