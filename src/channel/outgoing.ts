import type { Notice } from '../contract/notice.ts';

/** A message on its way. */
export interface Outgoing {
  /** A uuid: the same when it is sent again. */
  messageId: string;
  notice: Notice;
}

/** `[shop] Backups fail` */
export function subjectOf({ database, title }: Notice): string {
  return `[${database}] ${title}`;
}

/** All that a message says but its title, a paragraph each. */
export function paragraphsOf({ cause, lastGoodBackup, nextStep }: Notice): string[] {
  const step = nextStep && [
    nextStep.words,
    ...(nextStep.command === null ? [] : [nextStep.command]),
    ...(nextStep.page === null ? [] : [nextStep.page]),
  ];
  return [cause, lastGoodBackup, ...(step ? [step.join('\n')] : [])];
}

/** The whole message as plain text. */
export function plainText(notice: Notice): string {
  return [subjectOf(notice), ...paragraphsOf(notice)].join('\n\n');
}

/** A text of this length at most. */
export function atMost(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1).toWellFormed()}…`;
}
