import { hash } from 'node:crypto';
import { abortReason, HoldfastError } from '../../base/errors.ts';
import type { Passwords } from '../../contract/backup-type.ts';
import { format2 } from '../../format/backup-document.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { mayReadPasswords, readGlobals } from '../../postgres/globals/read.ts';
import { readSource } from '../../postgres/inspect/relations.ts';
import { dataSettings, readingSettings } from '../../postgres/session-settings.ts';
import { exportSnapshot } from '../../postgres/snapshot.ts';
import { Session } from '../../postgres/wire/session.ts';
import { unlessAborted } from '../../base/abort.ts';
import type { Store } from '../../store/store.ts';
import { ProgressMeter } from '../progress/meter.ts';
import type { BackupRequest } from '../requests.ts';
import type { RunControl } from '../run.ts';
import { firstPlace, type FinishedBackup } from './backup.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { backupFailure } from './failure.ts';
import { requireSupported } from './snapshot.ts';
import { backupWarnings, type BackupWarnings } from './warnings.ts';
import { documentOf, writePieces } from './write-manifest.ts';

/**
 * A backup of the roles and tablespaces of the server that a database is on; all of it is in the manifest. Ends as `backup` does.
 * @throws what `backup` throws for the server and the store; PASSWORDS_UNSEALED; INSUFFICIENT_PRIVILEGE for passwords that this role may
 *   not read
 */
export async function backupGlobals(
  source: ConnectionTarget,
  store: Store,
  request: BackupRequest,
  control: RunControl,
): Promise<FinishedBackup> {
  const failing = new AbortController();
  const signal = AbortSignal.any([control.signal, failing.signal]);
  const meter = new ProgressMeter(control, 0, 0);
  try {
    signal.throwIfAborted();
    const passwords = request.passwords ?? 'none';
    requireSealedFor(passwords, store);
    meter.phase('data');
    const manifest = await readManifest(source, request, passwords, signal);
    const writer = new ChunkWriter(store, request.compressionLevel, 1, (error) => failing.abort(error));
    meter.phase('finishing');
    const written = await writePieces(manifest, (raw, plain) => writer.put(raw, plain));
    await unlessAborted(writer.flush(), signal);
    signal.throwIfAborted();
    const inPlace = request.inPlace ?? ((at) => at(firstPlace(store)).put());
    await inPlace((place) => {
      const about = request.about ?? null;
      const { document } = documentOf(written, place, { keys: store.keys, about, at: new Date() });
      return {
        headerHash: hash('sha256', document.header),
        put: () => store.putManifest(request.uuid, document, written.names, request.fence),
      };
    });
    return { manifest: written.manifest, readings: [], walSummaries: null };
  } catch (error) {
    if (control.signal.aborted) throw abortReason(control.signal);
    throw backupFailure(failing.signal.reason ?? error);
  } finally {
    meter.stop();
  }
}

/**
 * @param passwords of the backup
 * @throws PASSWORDS_UNSEALED
 */
export function requireSealedFor(
  passwords: Passwords,
  { keys, address }: Pick<Store, 'keys' | 'address'>,
): void {
  if (passwords !== 'sealed' || keys.sealed) return;
  throw new HoldfastError(
    'PASSWORDS_UNSEALED',
    `The store at ${address} is not encrypted, and the backup has password hashes that are for encrypted stores alone.`,
    { details: { store: address } },
  );
}

async function readManifest(
  source: ConnectionTarget,
  { uuid, lockTimeoutMs }: BackupRequest,
  passwords: Passwords,
  signal: AbortSignal,
): Promise<Manifest> {
  const opening = { applicationName: 'holdfast backup', settings: readingSettings };
  const session = await Session.open(source, opening, signal);
  try {
    const info = await exportSnapshot(session, lockTimeoutMs);
    requireSupported(info);
    if (passwords !== 'none' && !(await mayReadPasswords(session))) throw passwordsHidden();
    const { globals, secrets } = await readGlobals(session, passwords);
    const warnings = backupWarnings();
    warnOfSecrets(secrets, warnings);
    return {
      format: format2,
      uuid,
      type: 'globals',
      requestedTables: [],
      source: await readSource(session),
      database: null,
      snapshot: { at: info.at, lsn: info.lsn, xids: info.xids },
      settings: { ...dataSettings },
      roles: [],
      extensions: [],
      schema: { dumper: 'none', entries: [], leftOut: [] },
      tables: [],
      sequences: [],
      largeObjects: { objects: [], chunks: [], rows: 0, rawBytes: 0 },
      warnings: warnings.list(),
      globals,
      totals: { tables: 0, rows: 0, rawBytes: 0, storedBytes: 0, chunks: 0, largeObjects: 0 },
    };
  } finally {
    await session.close();
  }
}

function passwordsHidden(): HoldfastError {
  return new HoldfastError(
    'INSUFFICIENT_PRIVILEGE',
    'The passwords of roles can be read by a superuser alone, or by a role that may read pg_catalog.pg_authid, and this role may not.',
    {
      hint: 'Take the backup without passwords, or as a superuser: GRANT SELECT ON pg_catalog.pg_authid TO the role. Providers of managed servers allow neither.',
    },
  );
}

function warnOfSecrets(
  secrets: readonly { role: string | null; name: string }[],
  warnings: BackupWarnings,
): void {
  for (const { role, name } of secrets) {
    const of = role === null ? 'all roles' : `role ${role}`;
    warnings.add({
      code: 'SECRET_SETTING_LEFT_OUT',
      object: `SETTING ${name} OF ${of}`,
      message: `The setting ${name} of ${of} is not in the backup, because by its name it is a secret and the backup was to have no passwords. After a restore set it again with ALTER ROLE.`,
    });
  }
}
