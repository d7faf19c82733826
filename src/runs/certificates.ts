import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import type { DrillRecord } from '../catalog/drills.ts';
import type { Certificate, CertificateStatement } from '../contract/certificate.ts';
import { certificateText, readCertificate } from '../format/certificate.ts';
import type { StoreKeys } from '../format/sealing/keys.ts';
import type { RunContext } from './context.ts';
import { backupNotFound } from './open-backup.ts';
import { placesOf } from './places.ts';

/** @throws BACKUP_NOT_FOUND, CERTIFICATE_NOT_FOUND */
export async function keptCertificate(
  catalog: RunContext['catalog'],
  backupId: number,
): Promise<Certificate> {
  const text = await catalog.drills.certificateOf(backupId);
  if (text !== undefined) return readCertificate(text).certificate;
  if (!(await catalog.backups.get(backupId))) throw backupNotFound(backupId);
  throw new HoldfastError('CERTIFICATE_NOT_FOUND', `Backup ${backupId} has no certificate.`, {
    details: { id: backupId },
  });
}

/**
 * Keeps a certificate that was made elsewhere, with the backup that it is of. The one who hands it in is an admin: what is not
 * signed is kept as what they say. What is signed must be by a key of the store, where that has any.
 * @throws CERTIFICATE_INVALID, SIGNATURE_INVALID, BACKUP_NOT_FOUND
 */
export async function keepCertificate(
  context: Pick<RunContext, 'catalog' | 'stores'>,
  given: Certificate,
): Promise<DrillRecord> {
  const text = certificateText(given);
  const { statement, signedBy } = readCertificate(text);
  const backup = await ofUuid(context.catalog, statement.backup.uuid);
  const store = await storeOf(context, backup, statement);
  const verify = store.keys?.verify ?? [];
  if (signedBy !== null && verify.length > 0) readCertificate(text, verify);
  return context.catalog.drills.keep(
    { backupId: backup.id, backupUuid: backup.uuid, store: store.name },
    { statement, certificate: text },
  );
}

async function ofUuid({ backups }: RunContext['catalog'], uuid: string): Promise<BackupRecord> {
  const found = await backups.ofUuid(uuid);
  if (found?.status === 'completed') return found;
  throw new HoldfastError(
    'BACKUP_NOT_FOUND',
    `There is no completed backup ${uuid} here, of which this certificate is.`,
    { details: { uuid } },
  );
}

/** The store that the certificate names, of those that the backup is in; its home where none says that it is that one. */
async function storeOf(
  context: Pick<RunContext, 'stores'>,
  backup: BackupRecord,
  { store }: CertificateStatement,
): Promise<{ name: string; keys: StoreKeys | undefined }> {
  let home: { name: string; keys: StoreKeys | undefined } = { name: backup.store, keys: undefined };
  for (const name of placesOf(context, backup)) {
    const keys = (await context.stores.open(name).catch(() => undefined))?.keys;
    if (keys?.id !== undefined && keys.id === store.id) return { name, keys };
    if (name === backup.store) home = { name, keys };
  }
  return home;
}
