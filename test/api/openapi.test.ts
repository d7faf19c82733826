import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSystem } from './system.ts';

type Json = Record<string, unknown>;

/** Every `$ref` in a document. */
function references(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' ? [String(item)] : references(item)));
}

test('the OpenAPI document describes every endpoint, and every reference leads somewhere', async (t) => {
  const { call } = await testSystem(t, { initialize: false });
  const answer = await call('GET', '/api/admin/openapi.json');
  assert.equal(answer.status, 200);
  const document = answer.body as {
    openapi: string;
    servers: { url: string }[];
    paths: Record<string, Record<string, Json>>;
    components: { schemas: Record<string, Json> };
  };
  assert.equal(document.openapi, '3.1.0');
  assert.equal(document.servers[0]!.url, '/api/admin');
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  assert.deepEqual(operations.toSorted(), [
    'DELETE /announcements/{id}',
    'DELETE /backup',
    'DELETE /backup/{id}',
    'DELETE /channels',
    'DELETE /schedules/{name}',
    'DELETE /session',
    'DELETE /stores/{name}',
    'DELETE /tokens',
    'GET /announcements',
    'GET /approvals',
    'GET /audit',
    'GET /audit/verify',
    'GET /backup',
    'GET /backup/cleanup',
    'GET /backup/cleanup/{id}',
    'GET /backup/retention/preview',
    'GET /backup/schedule',
    'GET /backup/schedule/preview',
    'GET /backup/status',
    'GET /backup/{id}',
    'GET /backup/{id}/certificate',
    'GET /backup/{id}/diff',
    'GET /backup/{id}/rows',
    'GET /backup/{id}/schema',
    'GET /channels',
    'GET /check',
    'GET /check/{id}',
    'GET /copy',
    'GET /copy/{id}',
    'GET /databases',
    'GET /drill',
    'GET /drill/{id}',
    'GET /events',
    'GET /findings',
    'GET /findings/{id}',
    'GET /healthz',
    'GET /import',
    'GET /import/{id}',
    'GET /init-backup-tables',
    'GET /metrics',
    'GET /openapi.json',
    'GET /readyz',
    'GET /restore',
    'GET /restore/{id}',
    'GET /rows/history',
    'GET /schedules',
    'GET /schedules/{name}',
    'GET /schedules/{name}/preview',
    'GET /scrub',
    'GET /scrub/{id}',
    'GET /session',
    'GET /stores',
    'GET /tables',
    'GET /tables/missing',
    'GET /tokens',
    'GET /verification',
    'GET /verification/{id}',
    'POST /announcements',
    'POST /approvals/{id}',
    'POST /backup',
    'POST /backup/cleanup',
    'POST /backup/cleanup/{id}/cancel',
    'POST /backup/retention/preview',
    'POST /backup/schedule',
    'POST /backup/schedule/preview',
    'POST /backup/{id}/cancel',
    'POST /backup/{id}/copy',
    'POST /backup/{id}/diff',
    'POST /backup/{id}/download',
    'POST /backup/{id}/drill',
    'POST /backup/{id}/globals',
    'POST /backup/{id}/globals/plan',
    'POST /backup/{id}/open',
    'POST /backup/{id}/pin',
    'POST /backup/{id}/query',
    'POST /backup/{id}/rows',
    'POST /backup/{id}/schema',
    'POST /backup/{id}/verify',
    'POST /certificates',
    'POST /channels',
    'POST /channels/{id}',
    'POST /channels/{id}/test',
    'POST /check/{id}/cancel',
    'POST /copy/{id}/cancel',
    'POST /drill/{id}/cancel',
    'POST /findings/{id}',
    'POST /import/{id}/cancel',
    'POST /init-backup-tables',
    'POST /point',
    'POST /restore',
    'POST /restore/plan',
    'POST /restore/{id}/cancel',
    'POST /restore/{id}/undo',
    'POST /rows/history',
    'POST /schedules/{name}',
    'POST /schedules/{name}/preview',
    'POST /schedules/{name}/retention/preview',
    'POST /scrub/{id}/cancel',
    'POST /session',
    'POST /sign-in',
    'POST /signed-in',
    'POST /stores/{name}/check',
    'POST /stores/{name}/create',
    'POST /stores/{name}/import',
    'POST /stores/{name}/quarantine',
    'POST /stores/{name}/scrub',
    'POST /stores/{name}/take',
    'POST /stores/{name}/test',
    'POST /tables/missing',
    'POST /tokens',
    'POST /verification/{id}/cancel',
  ]);
  const known = new Set(
    Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`),
  );
  const missing = references(document).filter((reference) => !known.has(reference));
  assert.deepEqual(missing, []);
  assert.ok(!answer.text.includes('"$schema"'));

  const body = document.components.schemas['RestoreBody'] as {
    required: string[];
    additionalProperties: boolean;
  };
  assert.deepEqual(body.required, ['backupId']);
  assert.equal(body.additionalProperties, false);
  const parameters = document.paths['/backup']!['get']!['parameters'] as { name: string }[];
  assert.deepEqual(
    parameters.map(({ name }) => name),
    ['id', 'download', 'format', 'limit', 'cursor', 'status', 'trigger', 'type', 'q', 'pinned', 'database'],
  );
});
