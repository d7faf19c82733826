import * as fs from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BackupApi, BackupSummary } from '../api/contract.ts';
import { HoldfastError } from '../base/errors.ts';
import { parseOptions } from '../options.ts';
import { counted } from '../base/units.ts';
import { followCopy, storeNamed } from './copies.ts';
import type { Answer, Invocation } from './invocation.ts';
import { openedBy } from './key-file.ts';
import { followImport } from './store/contents.ts';
import { localOptions, withApi } from './system.ts';
import { bold, green } from './terminal/style.ts';

/**
 * Takes the backups of a bundle into the store that backups are written to. Until they are all there, their home is the file: when
 * this is broken off, the same call goes on.
 * @throws INVALID_REQUEST for what is no file; KEY_REQUIRED; what copies throw
 */
export async function importBundle(
  invocation: Invocation,
  file: string,
  identity: string | undefined,
): Promise<Answer> {
  const found = await fs.stat(file).catch(() => undefined);
  if (!found?.isFile()) {
    throw new HoldfastError('INVALID_REQUEST', `${file} is not a file.`, {
      hint: 'Give the file that `holdfast export` wrote. A store is imported by its name: holdfast store import NAME.',
    });
  }
  const { name, overrides } = storeNamed(pathToFileURL(path.resolve(file)).href);
  const opener = await openedBy({ identity });
  const { written } = parseOptions(await localOptions(invocation, overrides)).stores;
  return withApi(
    invocation,
    async (api) => {
      const { report } = await followImport(invocation, api, name, opener);
      const [first] = report!.refused;
      if (first) throw new HoldfastError(first.error.code, first.error.message, { hint: first.error.hint });
      const imported: number[] = [];
      for await (const backup of backupsIn(api, name)) {
        if (!isIn(backup, written)) await followCopy(invocation, api, backup.id, written);
        // It is old, as a rule, and retention would delete it the same night.
        await api.pinBackup(backup.id, true);
        imported.push(backup.id);
      }
      await api.forgetStore(name);
      return {
        document: { success: true, imported, store: written },
        text: `${green('✓')} ${bold(`${counted(imported.length, 'backup')} imported`)} into ${written}: ${imported.join(', ')}. Retention does not delete what was imported (pinned).`,
      };
    },
    { ...overrides, ...opener },
  );
}

function isIn({ store, copies }: BackupSummary, name: string): boolean {
  return store === name || copies.some((copy) => copy.store === name && copy.state === 'copied');
}

async function* backupsIn(api: BackupApi, store: string): AsyncGenerator<BackupSummary> {
  let cursor: string | undefined;
  do {
    const page = await api.listBackups({
      limit: 100,
      status: 'completed',
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const backup of page.backups) if (isIn(backup, store)) yield backup;
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
