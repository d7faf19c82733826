import * as fs from 'node:fs/promises';
import type { ConfiguredStores } from '../../engine/stores/configured-stores.ts';
import { givenKeys, isKeyText } from '../../engine/stores/key-texts.ts';
import { parseIdentityFile, parseWriterKey } from '../../format/sealing/key-files.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { shellWord } from '../../base/shell-word.ts';
import { fail, ok, warn, type Check } from './check.ts';

/** Whether the keys can be read, are keys, and are kept as keys should be. */
export async function checkKeys({ stores }: ConfiguredStores): Promise<Check[]> {
  const given = stores.filter(({ writerKey, identity }) => writerKey !== undefined || identity !== undefined);
  const keys = await Promise.all(given.map(keyCheck));
  const first =
    keys.find((check) => check.level === 'fail') ?? keys.find((check) => check.level === 'warn') ?? keys[0];
  return [first ?? ok('keys', 'none is configured')];
}

async function keyCheck({ writerKey, identity }: ConfiguredStores['stores'][number]): Promise<Check> {
  const name = 'keys';
  try {
    const texts = await givenKeys({ ...(writerKey ? { writerKey } : {}), ...(identity ? { identity } : {}) });
    if (texts.writerKey !== undefined) parseWriterKey(texts.writerKey);
    if (texts.identity !== undefined) parseIdentityFile(texts.identity);
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    return fail(name, error.code, error.message, error.hint);
  }
  for (const file of [writerKey, identity]) {
    if (file !== undefined && (await isOpenToOthers(file))) {
      return warn(
        name,
        `Other users of this machine may read ${file}.`,
        `Keep it for its owner alone: chmod 600 ${shellWord(file)}`,
      );
    }
  }
  if (identity !== undefined) {
    return warn(
      name,
      'The recovery key is configured here: what takes this machine over can read every backup.',
      'Keep it elsewhere, and give it to the one command that needs it: --identity FILE. Backups need the writer key alone (HOLDFAST_WRITER_KEY).',
    );
  }
  return ok(name, 'the writer key can be read, by its owner alone');
}

/** Of a file; a key that is given as text is none. */
async function isOpenToOthers(file: string): Promise<boolean> {
  if (isKeyText(file)) return false;
  const found = await fs.stat(file).catch(() => undefined);
  return found !== undefined && found.isFile() && (found.mode & 0o004) !== 0;
}
