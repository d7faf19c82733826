import type { BackupApi, Certificate, Verdict } from '../api/contract.ts';
import { errorCatalogue, HoldfastError } from '../base/errors.ts';
import { certificateStatement } from '../contract/certificate.ts';
import { usage, namedBackup, type AloneOptions } from './alone/options.ts';
import { describeStatement } from './describe/drill.ts';
import { follow } from './follow.ts';
import type { Answer, Invocation } from './invocation.ts';
import { openedBy } from './key-file.ts';
import { lastFullBackup } from './last-backup.ts';
import { reportCertificate } from './report-certificate.ts';
import { withApi } from './system.ts';
import { remark } from './terminal/output.ts';

export interface DrillOptions extends AloneOptions {
  in?: string;
  to?: string;
  reportTo?: string;
}

/** Drills a backup, in the catalog or in a store alone, and hands the certificate in where that is asked for. */
export async function drill(
  invocation: Invocation,
  named: string | undefined,
  options: DrillOptions,
): Promise<Answer> {
  const latest = named === 'latest' && options.store === undefined;
  const backup = latest ? 'latest' : namedBackup('drill', named, options);
  let certificate: Certificate;
  if (backup !== 'latest' && 'alone' in backup) {
    if (options.in !== undefined) throw usage('drill', '--in names a copy of a backup in the catalog.');
    const { drillAlone } = await import('./alone/drill.ts');
    certificate = await drillAlone(invocation, backup, options);
  } else {
    const opener = await openedBy(options);
    certificate = await withApi(invocation, async (api) => {
      const id = backup === 'latest' ? await latestOf(api) : backup.id;
      return await drillInCatalog(invocation, api, id, { ...opener, ...targetOf(options) });
    });
  }
  const statement = certificateStatement.parse(JSON.parse(certificate.statement));
  if (options.reportTo !== undefined) {
    await reportCertificate(invocation, options.reportTo, certificate);
    remark(invocation, 'The certificate was handed in.');
  }
  return {
    document: certificate,
    text: describeStatement(statement),
    exitCode: exitCodes[statement.verdict],
  };
}

const exitCodes: Readonly<Record<Verdict, number>> = {
  passed: 0,
  failed: errorCatalogue.DRILL_FAILED.exitCode,
  inconclusive: errorCatalogue.DRILL_INCONCLUSIVE.exitCode,
};

function targetOf({ in: store, to }: DrillOptions): { store?: string; to?: string } {
  return { ...(store === undefined ? {} : { store }), ...(to === undefined ? {} : { to }) };
}

async function latestOf(api: BackupApi): Promise<number> {
  const found = await lastFullBackup(api);
  if (found) return found.id;
  throw new HoldfastError('BACKUP_NOT_FOUND', 'There is no full backup to drill.');
}

/** @throws the error the drill ended in, where there is no certificate */
async function drillInCatalog(
  invocation: Invocation,
  api: BackupApi,
  backupId: number,
  options: Parameters<BackupApi['drillBackup']>[1],
): Promise<Certificate> {
  let id: number | undefined;
  try {
    await follow(invocation, {
      noun: 'Drill',
      async start() {
        const drill = await api.drillBackup(backupId, options);
        id = drill.id;
        return drill;
      },
      wait: (run, onProgress) => api.waitForDrill(run, { onProgress }),
      cancel: (run) => api.cancelDrill(run),
      afterCancel: `The scratch database was dropped. Whether backup ${backupId} comes back is still unknown.`,
    });
  } catch (error) {
    // What was found is on the certificate.
    if (!(error instanceof HoldfastError) || error.code !== 'DRILL_FAILED' || id === undefined) throw error;
  }
  const { certificate } = await api.getDrill(id!);
  if (certificate) return certificate;
  throw new HoldfastError('CERTIFICATE_NOT_FOUND', `The drill ${id} has no certificate.`);
}
