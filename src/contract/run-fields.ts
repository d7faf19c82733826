import { timestamp } from './fields.ts';
import { progress } from './progress.ts';

/** What every run says of its life. */
export const runFields = {
  createdAt: timestamp,
  startedAt: timestamp.nullable(),
  finishedAt: timestamp.nullable(),
  heartbeatAt: timestamp.nullable(),
  progress: progress.nullable(),
};
