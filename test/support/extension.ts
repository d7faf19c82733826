import * as fs from 'node:fs/promises';
import path from 'node:path';
import { prepareBinaries } from '../../src/postgres/embedded/binaries.ts';
import { serverUser } from '../../src/postgres/embedded/data.ts';

const ownFiles = path.resolve(import.meta.dirname, '../kitchen-sink/extension');

/**
 * Makes an installation in `tree` that has the extension `holdfast_sink` besides everything of `binDirectory`, by
 * links: no extension that PostgreSQL brings has configuration tables, and the real installation stays untouched.
 * Returns the new bin directory.
 */
export async function installationWithExtension(binDirectory: string, tree: string): Promise<string> {
  const { directory } = await prepareBinaries(binDirectory, await serverUser(tree));
  const original = path.dirname(directory);
  const [bin, share] = [path.join(tree, 'bin'), path.join(tree, 'share', 'postgresql')];
  const extensions = path.join(share, 'extension');
  await fs.mkdir(bin, { recursive: true });
  await fs.mkdir(extensions, { recursive: true });
  // The server looks for its files from where its program really is, so that must not be a symbolic link.
  for (const program of await fs.readdir(directory)) {
    const [from, to] = [path.join(directory, program), path.join(bin, program)];
    await fs.link(from, to).catch(() => fs.copyFile(from, to));
  }
  await fs.symlink(path.join(original, 'lib'), path.join(tree, 'lib'));
  await linkAll(path.join(original, 'share', 'postgresql'), share);
  await linkAll(path.join(original, 'share', 'postgresql', 'extension'), extensions);
  for (const file of await fs.readdir(ownFiles)) {
    await fs.copyFile(path.join(ownFiles, file), path.join(extensions, file));
    await fs.chmod(path.join(extensions, file), 0o644);
  }
  return bin;
}

/** Links every entry of a directory into another, but those that are there already. */
async function linkAll(from: string, to: string): Promise<void> {
  for (const entry of await fs.readdir(from)) {
    await fs.symlink(path.join(from, entry), path.join(to, entry)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
