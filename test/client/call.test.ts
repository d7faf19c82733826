/** What the compiler accepts of a call. `tsc` fails when a line marked as an error is none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callsOver, fill, partOf } from '../../src/client/call.ts';
import { createTransport } from '../../src/client/transport.ts';
import type { BackupSummary, RestoreOutlook } from '../../src/index.ts';

interface Sent {
  method: string;
  url: string;
  body: string | null;
}

function callsInto(answer: object) {
  const sent: Sent[] = [];
  const transport = createTransport({
    baseUrl: 'http://backup.test/ops',
    fetch: async (input, init) => {
      sent.push({ method: init!.method!, url: input as string, body: (init!.body as string) ?? null });
      return Response.json(answer);
    },
  });
  return { call: callsOver(transport), sent };
}

test('a call has the types of its route', async () => {
  const { call, sent } = callsInto({ success: true, backup: { id: 12 }, plan: { tables: [] } });
  const answer = await call('POST /backup/{id}/pin', { params: { id: 12 }, body: { pinned: false } });
  const backup: BackupSummary = partOf(answer, 'backup');
  assert.equal(backup.id, 12);
  const plan: RestoreOutlook = partOf(
    await call('POST /restore', { body: { backupId: 1 }, query: { dryRun: true } }),
    'plan',
  );
  assert.deepEqual(plan.tables, []);

  // @ts-expect-error there is no such field
  await call('POST /backup/{id}/pin', { params: { id: 12 }, body: { pined: false } });
  // @ts-expect-error there is no such address
  await call('PUT /backup/{id}/pin', { params: { id: 12 } });
  // @ts-expect-error the path has a parameter
  await call('GET /backup/{id}', {});
  // @ts-expect-error and this one has none
  await call('GET /tables', { params: { id: 12 } });
  // @ts-expect-error this one takes no body
  await call('POST /backup/{id}/cancel', { params: { id: 12 }, body: { pinned: true } });
  // @ts-expect-error a number, not a word
  await call('GET /restore', { query: { limit: 'many' } });
  // @ts-expect-error it has no restore
  assert.throws(() => partOf(answer, 'restore'), { code: 'UNEXPECTED_ANSWER' });

  assert.deepEqual(sent[0], {
    method: 'POST',
    url: 'http://backup.test/ops/backup/12/pin',
    body: '{"pinned":false}',
  });
  assert.deepEqual(sent[1], {
    method: 'POST',
    url: 'http://backup.test/ops/restore?dryRun=true',
    body: '{"backupId":1}',
  });
});

test('a parameter cannot leave its place in the path', () => {
  assert.deepEqual(fill('GET /schedules/{name}', { params: { name: '../backup?x=1#y' } }), [
    'GET',
    '/schedules/..%2Fbackup%3Fx%3D1%23y',
  ]);
});

test('an answer without what the call is for is not taken for one', async () => {
  const { call } = callsInto({ hello: 'from a proxy' });
  const answer = await call('GET /backup/{id}', { params: { id: 1 } });
  assert.throws(() => partOf(answer, 'backup'), { code: 'UNEXPECTED_ANSWER', status: 200 });
});
