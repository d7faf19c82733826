import { randomBytes } from 'node:crypto';
import { withoutPasswords, type ServerGlobals } from '../../format/globals.ts';
import type { Manifest } from '../../format/manifest.ts';
import { scriptEnd, scriptHeadOfGlobals } from '../../format/sql-script.ts';
import { globalsScript } from '../globals/script.ts';

/** A backup of globals as one SQL script for psql. @throws MANIFEST_INVALID for what no server has */
export function scriptOfGlobals(manifest: Manifest, globals: ServerGlobals): string {
  const restrictKey = randomBytes(32).toString('hex');
  const passwords =
    globals.passwords === 'none'
      ? 'none are in it, each role needs a new one'
      : 'as hashes, keep this file secret';
  return (
    scriptHeadOfGlobals(manifest, passwords, restrictKey) + globalsScript(globals) + scriptEnd(restrictKey)
  );
}

/** Without passwords, as definitions are shown. */
export function definitionsOfGlobals(globals: ServerGlobals): string {
  return globalsScript(withoutPasswords(globals));
}
