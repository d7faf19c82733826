import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../../src/store/memory.ts';
import { openClient } from '../support/connect.ts';
import { psqlOrSkip } from '../support/psql.ts';
import { outermostMajors, privateServer } from '../support/servers.ts';
import { psql, script } from './script.ts';
import { catalogsOf, directoryOf, dumpedGlobals, everything, takeGlobals } from './server-globals.ts';

const settings = { allow_in_place_tablespaces: 'on' };

for (const major of outermostMajors) {
  test(
    `PostgreSQL ${major}: the script of a backup makes an empty server's globals what those of the first one were`,
    psqlOrSkip,
    async (t) => {
      const [source, target] = await Promise.all([
        privateServer(t, { major, settings }),
        privateServer(t, { major, settings }),
      ]);
      const client = await source.client();
      const location = await directoryOf(source, 'on disk');
      await client.query(`set allow_in_place_tablespaces = on`);
      for (const statement of everything(major, location).split(/;\n/)) await client.query(statement);
      const store = memoryStore();
      const manifest = await takeGlobals(source.target(), store, { passwords: 'anywhere' });
      const before = {
        catalogs: await catalogsOf(client, major),
        dumped: await dumpedGlobals(source.target(), major),
      };
      // Two servers cannot use one directory.
      await client.query('drop tablespace "On Disk"');

      const { host, port, user, password } = target.server;
      const address = `postgres://${user}:${password}@${host}:${port}/postgres`;
      await psql(address, script(store, manifest, 'sql.zst'));
      // The first role has the password of the backup from now on.
      const now = { ...target.target(), password: source.server.password };
      const made = await openClient(now);
      t.after(() => made.end());
      assert.deepEqual(await catalogsOf(made, major), before.catalogs);
      assert.equal(await dumpedGlobals(now, major), before.dumped);
    },
  );
}
