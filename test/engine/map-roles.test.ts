import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapRoles } from '../../src/engine/entries/map-roles.ts';
import type { Manifest, SchemaEntry } from '../../src/format/manifest.ts';

const entry = (kind: string, sql: string, ownerSql = '', owner: string | null = null): SchemaEntry => ({
  id: 1,
  section: 'pre-data',
  kind,
  schema: 'public',
  name: 'x',
  owner,
  catalogOid: 0,
  oid: 0,
  dependsOn: [],
  sql,
  ownerSql,
});

function renamed(kind: string, sql: string): string {
  const manifest = {
    roles: ['app'],
    schema: { dumper: '', entries: [entry(kind, sql)], leftOut: [] },
    largeObjects: { objects: [], chunks: [], rows: 0, rawBytes: 0 },
    database: null,
  } as unknown as Manifest;
  return mapRoles(manifest, { app: 'App 2', 'odd "one"': 'plain' }).schema.entries[0]!.sql;
}

const grants: [kind: string, before: string, after: string][] = [
  ['ACL', 'GRANT SELECT ON TABLE public.app TO app;', 'GRANT SELECT ON TABLE public.app TO "App 2";'],
  [
    'ACL',
    'REVOKE ALL ON FUNCTION public.app(app app, "to" app) FROM PUBLIC;\nGRANT ALL ON FUNCTION public.app(app app) TO app WITH GRANT OPTION;',
    'REVOKE ALL ON FUNCTION public.app(app app, "to" app) FROM PUBLIC;\nGRANT ALL ON FUNCTION public.app(app app) TO "App 2" WITH GRANT OPTION;',
  ],
  [
    'ACL',
    'SET SESSION AUTHORIZATION app;\nGRANT SELECT(app),UPDATE(app) ON TABLE app."from" TO reader;\nRESET SESSION AUTHORIZATION;',
    'SET SESSION AUTHORIZATION "App 2";\nGRANT SELECT(app),UPDATE(app) ON TABLE app."from" TO reader;\nRESET SESSION AUTHORIZATION;',
  ],
  ['ACL', 'GRANT USAGE ON SCHEMA app TO "odd ""one""";', 'GRANT USAGE ON SCHEMA app TO "plain";'],
  ['ACL', 'GRANT USAGE ON SCHEMA app TO "app";', 'GRANT USAGE ON SCHEMA app TO "App 2";'],
  ['ACL', 'GRANT USAGE ON SCHEMA app TO "APP";', 'GRANT USAGE ON SCHEMA app TO "APP";'],
  [
    'DEFAULT ACL',
    'ALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA app REVOKE ALL ON TABLES FROM app;\nALTER DEFAULT PRIVILEGES FOR ROLE app IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;',
    'ALTER DEFAULT PRIVILEGES FOR ROLE "App 2" IN SCHEMA app REVOKE ALL ON TABLES FROM "App 2";\nALTER DEFAULT PRIVILEGES FOR ROLE "App 2" IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;',
  ],
  [
    'POLICY',
    "CREATE POLICY app ON public.app AS RESTRICTIVE FOR SELECT TO reader, app USING (((app = 'to app'::text) AND (extract(year FROM app) > 1)));",
    'CREATE POLICY app ON public.app AS RESTRICTIVE FOR SELECT TO reader, "App 2" USING (((app = \'to app\'::text) AND (extract(year FROM app) > 1)));',
  ],
  [
    'USER MAPPING',
    'CREATE USER MAPPING FOR app SERVER app OPTIONS (\n    "user" \'app\'\n);',
    'CREATE USER MAPPING FOR "App 2" SERVER app OPTIONS (\n    "user" \'app\'\n);',
  ],
  // Roles are named in no other kind.
  [
    'TABLE',
    "CREATE TABLE public.app (app text DEFAULT 'TO app');",
    "CREATE TABLE public.app (app text DEFAULT 'TO app');",
  ],
];

for (const [kind, before, after] of grants) {
  test(`a role is renamed where it is one: ${before.split('\n')[0]}`, () => {
    assert.equal(renamed(kind, before), after);
  });
}

test('owners, large objects and the database itself get the other role', () => {
  const manifest = {
    roles: ['app', 'reader'],
    schema: {
      dumper: '',
      entries: [
        entry(
          'FUNCTION',
          'CREATE FUNCTION …',
          'ALTER FUNCTION public.to_app("to" app) OWNER TO "app";',
          'app',
        ),
      ],
      leftOut: [],
    },
    largeObjects: {
      objects: [
        {
          oid: 7,
          owner: 'app',
          sql: "GRANT SELECT ON LARGE OBJECT 7 TO app;\nCOMMENT ON LARGE OBJECT 7 IS 'TO app';",
        },
      ],
      chunks: [],
      rows: 0,
      rawBytes: 0,
    },
    database: {
      owner: 'app',
      comment: 'app',
      connectionLimit: -1,
      isTemplate: false,
      tablespace: null,
      privileges: [
        { grantee: 'app', privilege: 'CONNECT', grantable: false },
        { grantee: null, privilege: 'TEMPORARY', grantable: false },
      ],
      securityLabels: [],
      settings: [
        { role: 'app', name: 'work_mem', value: '1MB' },
        { role: null, name: 'app.app', value: 'app' },
      ],
    },
  } as unknown as Manifest;
  const mapped = mapRoles(manifest, { app: 'other' });
  assert.deepEqual(mapped.roles, ['other', 'reader']);
  assert.equal(mapped.schema.entries[0]!.owner, 'other');
  assert.equal(
    mapped.schema.entries[0]!.ownerSql,
    'ALTER FUNCTION public.to_app("to" app) OWNER TO "other";',
  );
  const [object] = mapped.largeObjects.objects;
  assert.deepEqual(object, {
    oid: 7,
    owner: 'other',
    sql: 'GRANT SELECT ON LARGE OBJECT 7 TO "other";\nCOMMENT ON LARGE OBJECT 7 IS \'TO app\';',
  });
  assert.equal(mapped.database!.owner, 'other');
  assert.deepEqual(
    mapped.database!.privileges!.map(({ grantee }) => grantee),
    ['other', null],
  );
  assert.deepEqual(
    mapped.database!.settings.map(({ role, value }) => [role, value]),
    [
      ['other', '1MB'],
      [null, 'app'],
    ],
  );
  assert.equal(mapRoles(manifest, {}), manifest);
});
