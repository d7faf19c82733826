import type { StatusAnswer } from '../../api/contract.ts';
import { healthSentence, warningSentence } from '../../contract/health-words.ts';
import type { HealthFinding, HealthWarning } from '../../contract/health.ts';
import { ofFinding, ofWarning, type Step } from '../../contract/problem-words.ts';
import { localTime } from '../terminal/units.ts';
import { warn, type Check } from './check.ts';

export type ReadyStatus = Extract<StatusAnswer, { initialized: true }>;

/** What other checks look at more closely. */
const elsewhere: readonly (HealthWarning['code'] | HealthFinding['code'])[] = [
  'UP_TO_DATE',
  'NO_BACKUP_YET',
  'NO_SCHEDULE',
  'SCHEDULER_MISSING',
  'BACKUPS_DAMAGED',
  'CHANNEL_FAILING',
];

/** What the health warns of, in its words, with its next step. */
export function checkHealth({ health }: ReadyStatus): Check[] {
  const { finding, warnings } = health;
  return [
    ...(finding.code === 'UP_TO_DATE' || elsewhere.includes(finding.code)
      ? []
      : [told(ofFinding(finding), healthSentence(finding, localTime))]),
    ...warnings
      .filter(({ code }) => !elsewhere.includes(code))
      .map((warning) => told(ofWarning(warning), warningSentence(warning, localTime))),
  ];
}

function told({ title, step }: { title: string; step: Step }, sentence: string): Check {
  return warn(title, sentence, step.command === undefined ? step.words : `${step.words} ${step.command}`);
}
