import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import { formatOf, openHeader } from '../engine/read/manifest.ts';
import { ChainExamination, type AuditHead, type ChainProblem } from '../format/audit-chain.ts';
import { format2 } from '../format/backup-document.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { AuditProof } from '../contract/audit.ts';
import type { RunContext } from './context.ts';
import { documentIn, storeOf } from './open-backup.ts';

const rowsAtOnce = 1_000;
const backupsAtOnce = 200;
const documentsAtOnce = 8;
const problemsShown = 100;

/** What the manifests of the backups say of the audit. */
interface Heads {
  of: { backup: BackupRecord; head: AuditHead }[];
  without: number;
  unread: AuditProof['backups']['unread'];
}

/** See `verifyAudit` of the API. */
export async function verifyAudit(context: RunContext): Promise<AuditProof> {
  const { audit } = context.catalog;
  // In this order: what a manifest names was there before, and so was the head before rows that come meanwhile.
  const heads = await headsOfBackups(context);
  const head = await audit.head();
  if (!head) return withoutHead(heads);
  const ours = heads.of.filter(({ head: { chain } }) => chain === head.chain);
  const others = heads.of.filter(({ head: { chain } }) => chain !== head.chain);
  const wanted = new Map(
    [...Map.groupBy(ours, ({ head: { row } }) => row)].map(([row, list]) => [
      row,
      new Set(list.map(({ head: { hash } }) => hash)),
    ]),
  );
  const examination = new ChainExamination(head.chain, wanted);
  const upTo = Math.max(head.row, ...wanted.keys());
  for (let after = 0, more = true; more;) {
    const rows = await audit.rows(after, upTo, rowsAtOnce);
    for (const row of rows) examination.add(row);
    after = rows.at(-1)?.id ?? after;
    more = rows.length === rowsAtOnce;
  }
  const problems = examination.end(head).map(inWords);
  // What was imported has no figures of its own run.
  const own = others.filter(({ backup: { newBytes } }) => newBytes !== null);
  if (own.length > 0) problems.push(otherChain(own.map(({ backup: { id } }) => id)));
  return {
    intact: problems.length === 0,
    rows: examination.rows,
    head,
    problems: problems.slice(0, problemsShown),
    backups: {
      compared: ours.length,
      without: heads.without,
      otherChain: others.length,
      unread: heads.unread,
    },
  };
}

/** The head that each completed backup has in the header of its document, which needs no key that opens. */
async function headsOfBackups(context: RunContext): Promise<Heads> {
  const heads: Heads = { of: [], without: 0, unread: [] };
  for (let before: number | null = null, more = true; more;) {
    const page = await context.catalog.backups.list({ limit: backupsAtOnce, before, status: 'completed' });
    const waiting = page.rows.values();
    const readers = Array.from({ length: documentsAtOnce }, async () => {
      for (const backup of waiting) await readHead(context, backup, heads);
    });
    await Promise.all(readers);
    before = page.rows.at(-1)?.id ?? before;
    more = page.more;
  }
  return heads;
}

async function readHead(context: RunContext, backup: BackupRecord, heads: Heads): Promise<void> {
  try {
    const store = await storeOf(context, backup);
    const document = await documentIn(store, backup);
    const head =
      formatOf(document) === format2 ? openHeader(store, document, backup.uuid).header.audit : undefined;
    if (head) heads.of.push({ backup, head });
    else heads.without += 1;
  } catch (error) {
    const failure = databaseFailure(error);
    if (!(error instanceof HoldfastError) && failure.code !== 'INTERNAL') throw error;
    heads.unread.push({ backupId: backup.id, message: redact(failure.message) });
  }
}

function withoutHead({ of, without, unread }: Heads): AuditProof {
  const message = 'The head of the audit was removed: system_backup_audit_head has no row.';
  return {
    intact: false,
    rows: 0,
    head: null,
    problems: [{ kind: 'cut', row: null, lastRow: null, message }],
    backups: { compared: 0, without, otherChain: of.length, unread },
  };
}

const words: Readonly<Record<ChainProblem['kind'], (rows: string, one: boolean) => string>> = {
  missing: (rows, one) => `${rows} ${one ? 'was' : 'were'} removed.`,
  changed: (rows) => `${rows} is not what was written.`,
  moved: (rows) =>
    `${rows} does not follow the row before it: one of the two was changed, exchanged or removed.`,
  cut: (rows, one) => `${rows}, at the end, ${one ? 'was' : 'were'} removed.`,
  replaced: (rows) =>
    `${rows} is not the one that was there when its hash was noted elsewhere: in the manifest of a backup, or as the head.`,
};

function inWords({ kind, row, lastRow }: ChainProblem): AuditProof['problems'][number] {
  const rows = row === lastRow ? `Row ${row}` : `Rows ${row} to ${lastRow}`;
  return { kind, row, lastRow, message: words[kind](rows, row === lastRow) };
}

function otherChain(ids: readonly number[]): AuditProof['problems'][number] {
  const named = ids.slice(0, 5).join(', ');
  return {
    kind: 'backup',
    row: null,
    lastRow: null,
    message: `Backups that this catalog has taken name another chain: the audit was removed and begun anew. They are ${named}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}.`,
  };
}
