import { HoldfastError, type ErrorCode } from '../../base/errors.ts';
import { redact } from '../../base/redaction.ts';
import type { DrillCause, Verdict } from '../../contract/certificate.ts';

export interface Judgement {
  verdict: Exclude<Verdict, 'passed'>;
  cause: DrillCause;
}

/** What is wrong with a backup wherever it is restored. */
const ofTheBackup: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CHUNK_MISSING',
  'CHUNK_CORRUPT',
  'MANIFEST_INVALID',
  'SIGNATURE_INVALID',
  'BACKUP_ROLLED_BACK',
  'PROOF_FAILED',
  'DRILL_FAILED',
]);

/** What would be wrong on the source's server too, if the scratch server is like it. */
const ofTheRestore: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CONSTRAINT_VIOLATED',
  'SEARCH_PATH_NEEDED',
  'MATVIEW_REFRESH_FAILED',
  'RESTORE_FAILED',
]);

/**
 * SQLSTATEs for what the role may not do, and for what a server was built or set up without: collations, locales (22023), libraries that
 * have to be loaded when it starts (55000), dictionaries, tablespaces. Its words are in the language of its lc_messages and say nothing here.
 */
const ofTheServer = /^(?:0A|22023|42501|42704|55000|58|53|57|55006|F0|XX)/;

/**
 * Whose fault it is that a drill ended in an error: everything that is not surely the backup's is not held against it.
 * @param alike whether the scratch server is of the same major version, and has the same locale
 */
export function judge(error: unknown, alike: boolean): Judgement {
  const known = error instanceof HoldfastError ? error : new HoldfastError('INTERNAL', String(error));
  const { code, details } = known;
  const cause = { code, message: redact(withoutRows(known)) };
  if (ofTheBackup.has(code)) return { verdict: 'failed', cause };
  const given = details?.['sqlState'];
  const state = typeof given === 'string' ? given : '';
  const own = ofTheRestore.has(code) && !ofTheServer.test(state);
  return { verdict: own && alike ? 'failed' : 'inconclusive', cause };
}

/** The message without the server's detail, which may quote a row: a certificate goes to others than the backup does. */
function withoutRows({ message, cause }: HoldfastError): string {
  const { detail } = (cause ?? {}) as { detail?: unknown };
  return typeof detail === 'string' && detail !== '' ? message.replace(` (${detail})`, '') : message;
}
