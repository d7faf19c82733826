import test from 'node:test';
import { testDatabase } from '../support/database.ts';
import { testedMajors } from '../support/servers.ts';
import { createZoo } from '../zoo/zoo.ts';
for (const major of testedMajors) test('zoo '+major, async t => {
  const a = await testDatabase(t, {major});
  const t0=Date.now();
  await createZoo(a.client, major); console.log(Date.now()-t0);
});
