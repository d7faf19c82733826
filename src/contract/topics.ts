/** What a channel can be told of, each with what it means. The words are shown where topics are chosen. */
export const topicWords = {
  'backup.failed': 'the last runs failed',
  'backup.late': 'a backup that was due is missing, or none is due',
  'backup.damaged': 'stored data of a backup is missing or altered',
  'drill.failed': 'a backup did not come back when it was restored to prove it',
  finding: 'data looks damaged, and cleanup is stopped because of it',
  'store.unusable': 'a store cannot be written to, read or believed',
  'copy.behind': 'a store lacks backups that are to be copied there',
  'target.missed': 'a target of recovery point or recovery time is missed',
  'approval.needed': 'a call waits for a second actor, and how that ended',
  'database.unreachable': 'a protected database does not answer',
  'database.unprotected': 'a database of the same server is not protected',
  'restore.done': 'a restore has ended, well or not',
  'channel.failing': 'another channel does not take its messages',
  remarks: 'what is worth a look: unusual sizes, warnings of a backup, backups only in the database',
} as const;

export type Topic = keyof typeof topicWords;
export const topics = Object.keys(topicWords) as Topic[];
