import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestoreOutlook } from '../../src/api/contract.ts';
import { changesBetween } from '../../src/cli/guard/changes.ts';

test('what is gone is named without the reason why it cannot come back, whatever is in that', () => {
  const plan = (changes: Partial<RestoreOutlook>): RestoreOutlook =>
    ({
      tables: [],
      drift: [],
      create: [],
      leftOut: [],
      notMade: [],
      extra: [],
      differs: [],
      ...changes,
    }) as unknown as RestoreOutlook;
  const what = 'FUNCTION public."a: b"(integer)';
  const lost = plan({
    create: ['VIEW public.report'],
    notMade: [{ what, why: 'needs the role x: it is not there: ask' }],
    leftOut: [`${what}: needs the role x: it is not there: ask`],
  });
  assert.deepEqual(changesBetween(plan({}), lost).dropped, ['VIEW public.report', what]);
  assert.deepEqual(changesBetween(lost, lost).dropped, []);
});
