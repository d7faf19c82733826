import type { AuditEntry, AuditProof } from './audit.ts';
import { count, counted } from '../base/units.ts';

/** The sentences about the audit, for the page and the command line. Pure. */

/** A call as it could be written: `deleteBackup 12 {"despiteFinding":true}` */
export function callInWords({ operation, parameters }: Pick<AuditEntry, 'operation' | 'parameters'>): string {
  return [
    operation,
    ...parameters.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))),
  ].join(' ');
}

/** What came of a call: `done, backup 12` */
export function outcomeInWords({ outcome }: Pick<AuditEntry, 'outcome'>): string {
  if (outcome === null) return 'not known: it is under way, or its process was killed';
  const { code, run } = outcome;
  return `${code ?? 'done'}${run ? `, ${run.kind} ${run.id}` : ''}`;
}

/** Where a call came from; empty where that is not known. */
export function originInWords({
  address,
  forwardedFor,
}: Pick<AuditEntry, 'address' | 'forwardedFor'>): string {
  if (forwardedFor === null) return address ?? '';
  return address === null ? `${forwardedFor} (as a proxy says)` : `${forwardedFor} (as ${address} says)`;
}

/** The verdict, then what speaks for it or limits it. */
export function proofInWords({ intact, rows, head, backups }: AuditProof): string[] {
  const { compared, without, otherChain, unread } = backups;
  return [
    intact
      ? `The audit is as it was written: ${counted(rows, 'row')}, none removed, changed or moved.`
      : 'The audit is not as it was written.',
    compared === 0
      ? 'No backup names a row of it yet: until one does, removed rows at its end would not be noticed.'
      : `${counted(compared, 'backup')} ${compared === 1 ? 'names a row' : 'name rows'} of it that ${compared === 1 ? 'was' : 'were'} looked for.`,
    ...(without > 0
      ? [`${counted(without, 'backup')} of earlier versions ${without === 1 ? 'names' : 'name'} none.`]
      : []),
    ...(otherChain > 0
      ? [
          `${counted(otherChain, 'backup')} ${otherChain === 1 ? 'names' : 'name'} the audit of another catalog.`,
        ]
      : []),
    ...(unread.length > 0
      ? [`${counted(unread.length, 'manifest')} could not be read now, and may name more.`]
      : []),
    ...(head ? [`Its last row is ${count(head.row)}, with the hash ${head.hash}.`] : []),
  ];
}
