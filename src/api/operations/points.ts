import type { BackupSummary } from '../../contract/backup.ts';
import { wait } from '../../contract/fields.ts';
import { pointBody, type Point } from '../../contract/point.ts';
import * as routes from '../../contract/routes/points.ts';
import { backupKind } from '../../runs/kinds/backup.ts';
import { endpoint } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { answerRun } from '../run-answer.ts';

/**
 * A backup for one who may take points and nothing else: it takes nothing that costs more than a backup must, and answers
 * with nothing of what is in one.
 */
export const createPoint = operation({
  name: 'createPoint',
  takes: [pointBody.safeExtend({ wait: wait.default(false) }).prefault({})],
  async run({ jobs, runs }, { wait: asked, tables, description }) {
    const type = tables.length === 0 ? 'full' : 'partial';
    const ordered = await jobs.order(backupKind, {
      type,
      tables,
      description,
      full: false,
      trigger: 'point',
    });
    return presentPoint(await runs.backup.ordered(ordered, asked));
  },
  endpoints: [
    endpoint(routes.createPoint, async (call) =>
      answerRun(call, 'point', (asked) => call.api.createPoint({ ...call.body, wait: asked })),
    ),
  ],
});

function presentPoint({ id, uuid, status, createdAt, finishedAt, error }: BackupSummary): Point {
  if (error === null) return { id, uuid, status, createdAt, finishedAt, error };
  const { details: _, ...said } = error;
  return { id, uuid, status, createdAt, finishedAt, error: said };
}
