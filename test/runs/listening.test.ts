import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../src/index.ts';
import { wakeOthers } from '../../src/catalog/wakeups.ts';
import { isAnyPresent } from '../../src/catalog/presence.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { createListening, type Listener } from '../../src/runs/listening.ts';
import { testDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

test('one connection hears of several catalogs, each of its own; who comes as the last one goes is heard too', async (t) => {
  const { target, client } = await testDatabase(t);
  const pool = openPool(target, { max: 1, applicationName: 'test' });
  const listening = createListening(target, silentLogger);
  t.after(async () => {
    await listening.stop();
    await pool.close();
  });
  const told = new Map<string, number>();
  const listenerOf = (schema: string, present = false): Listener => ({
    schema,
    tell: () => void told.set(schema, (told.get(schema) ?? 0) + 1),
    isPresent: () => present,
  });
  const connections = async (): Promise<number> => {
    const { rows } = await client.query(
      `select count(*)::int as n from pg_stat_activity where application_name = 'holdfast listen' and datname = current_database()`,
    );
    return rows[0].n as number;
  };
  const [one, two, three] = [listenerOf('one', true), listenerOf('two'), listenerOf('three')];
  const [endOne, endTwo] = [listening.add(one), listening.add(two)];
  await until(async () => listening.hears(one) && listening.hears(two));
  assert.equal(await connections(), 1);
  assert.deepEqual([await isAnyPresent(pool, 'one'), await isAnyPresent(pool, 'two')], [true, false]);
  told.clear();
  await wakeOthers(pool, 'two');
  await until(async () => told.get('two') === 1);
  assert.equal(told.get('one'), undefined);

  endOne();
  endTwo();
  listening.add(three);
  await until(async () => listening.hears(three));
  assert.ok(!listening.hears(one));
  told.clear();
  await wakeOthers(pool, 'three');
  await until(async () => told.get('three') === 1);
  await until(async () => (await connections()) === 1);
  assert.equal(await isAnyPresent(pool, 'one'), false);

  // Ended by the server, it is opened again, and told to look.
  told.clear();
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'holdfast listen' and datname = current_database()`,
  );
  await until(async () => (told.get('three') ?? 0) > 0 && listening.hears(three));
});
