import type { AuditPage, AuditProof } from '../../api/contract.ts';
import { callInWords, originInWords, outcomeInWords, proofInWords } from '../../contract/audit-words.ts';
import { bold, dim, green, red, yellow } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { localTime } from '../terminal/units.ts';
import { pageFooter } from './page.ts';

/** Each call in two lines: what was asked, and by whom. */
export function describeAudit(page: AuditPage): string {
  const { entries } = page;
  if (entries.length === 0) return 'There are no such calls.';
  const lines = entries.flatMap((entry) => {
    const { outcome } = entry;
    const sign = outcome === null ? yellow('?') : outcome.code === null ? green('✓') : red('✗');
    const from = originInWords(entry);
    return [
      `${sign} ${bold(String(entry.id))}  ${printable(callInWords(entry))}: ${printable(outcomeInWords(entry))}`,
      `  ${dim(`${localTime(entry.at)}, ${printable(entry.actor)}${from === '' ? '' : `, from ${printable(from)}`}`)}`,
    ];
  });
  return lines.join('\n') + pageFooter(entries.length, page);
}

export function describeAuditProof(proof: AuditProof): string {
  const [verdict = '', ...rest] = proofInWords(proof);
  return [
    `${proof.intact ? green('✓') : red('✗')} ${bold(verdict)}`,
    ...proof.problems.map(({ message }) => `  ${red('✗')} ${printable(message)}`),
    ...rest.map((line) => `  ${line}`),
  ].join('\n');
}
