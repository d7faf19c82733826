import type { CertificateStatement } from '../../src/contract/certificate.ts';

/** What a drill that passed would say. */
export function statementOf(changes: Partial<CertificateStatement>): CertificateStatement {
  return {
    format: 'holdfast-certificate/1',
    uuid: '0b0f6c1e-7a3b-4d6e-9d0a-2f9f3f1f8a11',
    verdict: 'passed',
    cause: null,
    startedAt: '2026-03-01T10:00:00.000Z',
    finishedAt: '2026-03-01T10:01:00.000Z',
    backup: {
      uuid: '9c3f7f0e-15d4-4ad1-8c1c-2b8a2f0c8e21',
      format: 'holdfast/2',
      type: 'full',
      snapshotAt: '2026-03-01T02:00:00.000Z',
      snapshotLsn: '0/1',
      database: 'shop “ä”',
      systemIdentifier: '7',
      serverVersion: '18.3',
      headerHash: 'a'.repeat(64),
      tables: 1,
      rows: 3,
      rawBytes: 30,
      storedBytes: 20,
    },
    store: { id: 'store', encrypted: true },
    server: { kind: 'embedded', version: '18.3', systemIdentifier: '8' },
    software: { holdfast: '1.0.0', node: 'v24.0.0' },
    levels: [{ level: 'rows', outcome: 'passed', problems: [] }],
    tables: [
      {
        table: 'public.orders',
        rowsInBackup: 3,
        rowsRestored: 3,
        hashInBackup: 'b'.repeat(64),
        hashRestored: 'b'.repeat(64),
      },
    ],
    checks: [],
    remarks: [],
    phases: [{ phase: 'restore', ms: 12 }],
    restoreMs: 12,
    ...changes,
  };
}
