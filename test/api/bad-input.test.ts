import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop, testSystem, type CallOptions } from './system.ts';

const base = '/api/admin';

interface Case {
  call: [method: string, path: string, options?: CallOptions];
  status: number;
  code: string;
  /** Fields named in details.problems. */
  fields?: string[];
  message?: RegExp;
}

const ids = [
  '0',
  '-1',
  '1e99',
  'abc',
  '1.5',
  '',
  ' 1',
  '+1',
  '01',
  '9007199254740993',
  '99999999999999999999',
  '%00',
  '1;drop',
];

const badIds: Case[] = ids.flatMap((id) => {
  const query = encodeURIComponent(decodeURIComponent(id));
  const cases: Case[] = [
    { call: ['GET', `/backup?id=${query}`], status: 400, code: 'INVALID_REQUEST', fields: ['id'] },
    {
      call: ['GET', `/backup?id=${query}&download=true`],
      status: 400,
      code: 'INVALID_REQUEST',
      fields: ['id'],
    },
    { call: ['DELETE', `/backup?id=${query}`], status: 400, code: 'INVALID_REQUEST', fields: ['id'] },
    { call: ['GET', `/restore?id=${query}`], status: 400, code: 'INVALID_REQUEST', fields: ['id'] },
  ];
  if (id !== '') {
    cases.push(
      { call: ['GET', `/backup/${query}`], status: 400, code: 'INVALID_REQUEST', fields: ['id'] },
      { call: ['DELETE', `/backup/${query}`], status: 400, code: 'INVALID_REQUEST', fields: ['id'] },
      { call: ['POST', `/backup/${query}/cancel`], status: 400, code: 'INVALID_REQUEST', fields: ['id'] },
      { call: ['GET', `/restore/${query}`], status: 400, code: 'INVALID_REQUEST', fields: ['id'] },
    );
  }
  return cases;
});

const backupIds: Case[] = [0, -1, 1.5, 1e99, '1', null, true, [], {}, undefined].map((backupId) => ({
  call: ['POST', '/restore', { body: { backupId } }],
  status: 400,
  code: 'INVALID_REQUEST',
  fields: ['backupId'],
}));

const unknown: Case[] = [
  { call: ['GET', '/backup?id=4711'], status: 404, code: 'BACKUP_NOT_FOUND' },
  { call: ['GET', '/backup/9007199254740991'], status: 404, code: 'BACKUP_NOT_FOUND' },
  { call: ['GET', '/backup?id=4711&download=true'], status: 404, code: 'BACKUP_NOT_FOUND' },
  { call: ['DELETE', '/backup?id=4711'], status: 404, code: 'BACKUP_NOT_FOUND' },
  { call: ['POST', '/backup/4711/cancel'], status: 404, code: 'BACKUP_NOT_FOUND' },
  { call: ['POST', '/restore', { body: { backupId: 4711 } }], status: 404, code: 'BACKUP_NOT_FOUND' },
  {
    call: ['POST', '/restore?dryRun=true', { body: { backupId: 4711 } }],
    status: 404,
    code: 'BACKUP_NOT_FOUND',
  },
  { call: ['GET', '/restore?id=4711'], status: 404, code: 'RESTORE_NOT_FOUND' },
  { call: ['POST', '/restore/4711/cancel'], status: 404, code: 'RESTORE_NOT_FOUND' },
  { call: ['GET', ''], status: 404, code: 'NOT_FOUND' },
  { call: ['GET', '/'], status: 404, code: 'NOT_FOUND' },
  { call: ['GET', '/nowhere'], status: 404, code: 'NOT_FOUND' },
  { call: ['GET', '/backup/1/2/3'], status: 404, code: 'NOT_FOUND' },
  { call: ['GET', '/../../etc/passwd'], status: 404, code: 'NOT_FOUND' },
];

const invalid = (path: string, body: unknown, fields: string[], message?: RegExp): Case => ({
  call: ['POST', path, { body }],
  status: 400,
  code: 'INVALID_REQUEST',
  fields,
  ...(message ? { message } : {}),
});

const bodies: Case[] = [
  invalid('/backup', '{', [''], /not valid JSON/),
  invalid('/backup', 'type=full', ['']),
  invalid('/backup', '[]', [''], /JSON object/),
  invalid('/backup', 'null', ['']),
  invalid('/backup', '"full"', ['']),
  invalid('/backup', '[['.repeat(100_000), ['']),
  invalid('/backup', { type: 'everything' }, ['type']),
  invalid('/backup', { type: 1 }, ['type']),
  invalid('/backup', { type: 'partial' }, ['tables'], /at least one table/),
  invalid('/backup', { type: 'partial', tables: [] }, ['tables']),
  invalid('/backup', { type: 'full', tables: ['orders'] }, ['tables'], /partial/),
  invalid('/backup', { type: 'partial', tables: 'orders' }, ['tables']),
  invalid('/backup', { type: 'partial', tables: [1] }, ['tables.0']),
  invalid('/backup', { type: 'partial', tables: [''] }, ['tables.0']),
  invalid('/backup', { type: 'partial', tables: ['a\0b'] }, ['tables.0']),
  invalid('/backup', '{"description":"\\ud800"}', ['description']),
  invalid('/backup', { description: 'x'.repeat(1_001) }, ['description']),
  invalid('/backup', { description: 1 }, ['description']),
  invalid('/backup', { tpye: 'full', compression: 9 }, ['tpye', 'compression'], /tpye: unknown field/),
  invalid('/backup', '{"__proto__":{"type":"partial"}}', ['__proto__']),
  invalid('/backup', { wait: true }, ['wait'], /\?wait=true/),
  invalid('/backup?wait=maybe', {}, ['wait']),
  invalid('/backup?wait=true&wait=false', {}, ['wait'], /twice/),
  invalid('/backup?wiat=true', {}, ['wiat']),
  invalid('/init-backup-tables', { force: true }, ['force']),
  invalid('/init-backup-tables?force=true', undefined, ['force']),
  invalid('/restore', { backupId: 1, restoreType: 'some' }, ['restoreType']),
  invalid('/restore', { backupId: 1, restoreType: 'partial' }, ['tables']),
  invalid('/restore', { backupId: 1, tables: ['orders'] }, ['tables']),
  invalid('/restore', { backupId: 1, target: 'in-place' }, ['target']),
  invalid('/restore', { backupId: 1, target: { mode: 'elsewhere' } }, ['target.mode']),
  invalid('/restore', { backupId: 1, target: { mode: 'new-database' } }, ['target.database']),
  invalid('/restore', { backupId: 1, target: { mode: 'new-database', database: '' } }, ['target.database']),
  invalid('/restore', { backupId: 1, target: { mode: 'new-database', database: 'ä'.repeat(40) } }, [
    'target.database',
  ]),
  invalid('/restore', { backupId: 1, target: { mode: 'in-place', database: 'x' } }, ['target.database']),
  invalid('/restore', { backupId: 1, onDrift: 'ignore' }, ['onDrift']),
  invalid('/restore', { backupId: 1, onDrift: 'adapt', target: { mode: 'new-database', database: 'x' } }, [
    'onDrift',
  ]),
  invalid('/restore', { backupId: 1, fill: { orders: { total: 0 } } }, ['fill'], /needs onDrift "adapt"/),
  invalid('/restore', { backupId: 1, onDrift: 'adapt', renames: { orders: ['total'] } }, ['renames.orders']),
  invalid('/restore', { backupId: 1, onDrift: 'adapt', dropColumns: { orders: [] } }, ['dropColumns.orders']),
  invalid('/restore', { backupId: 1, timestampZone: 'UTC' }, ['timestampZone']),
  invalid('/restore', { backupId: 1, owners: 'no' }, ['owners']),
  invalid('/restore', { backupId: 1, dryRun: true }, ['dryRun']),
  invalid('/restore?dryrun=true', { backupId: 1 }, ['dryrun']),
  invalid('/restore?dryRun=1', { backupId: 1 }, ['dryRun']),
  invalid('/restore?dryRun=true&wait=true', { backupId: 1 }, ['wait']),
];

const queries: Case[] = [
  ['/backup?limit=0', 'limit'],
  ['/backup?limit=201', 'limit'],
  ['/backup?limit=x', 'limit'],
  ['/backup?cursor=zzz', 'cursor'],
  ['/backup?cursor=', 'cursor'],
  ['/backup?status=done', 'status'],
  ['/backup?page=2', 'page'],
  ['/backup?download=true', 'download'],
  ['/backup?format=sql', 'format'],
  ['/backup?id=1&format=sql', 'format'],
  ['/backup?id=1&download=true&format=zip', 'format'],
  ['/backup?id=1&download=yes', 'download'],
  ['/backup?id=1&limit=5', 'limit'],
  ['/backup?id=1&id=2', 'id'],
  ['/restore?limit=0', 'limit'],
  ['/restore?id=1&status=failed', 'status'],
  ['/backup/status?verbose=true', 'verbose'],
].map(([path, field]) => ({
  call: ['GET', path!],
  status: 400,
  code: 'INVALID_REQUEST',
  fields: [field!],
}));

const media: Case[] = [
  {
    call: [
      'POST',
      '/backup',
      { body: 'type=full', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } },
    ],
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    call: ['POST', '/backup', { body: '{}', headers: { 'Content-Type': 'text/plain' } }],
    status: 415,
    code: 'UNSUPPORTED_MEDIA_TYPE',
  },
  {
    call: ['POST', '/backup', { body: JSON.stringify({ description: 'x'.repeat(1_100_000) }) }],
    status: 413,
    code: 'BODY_TOO_LARGE',
  },
];

test('bad input ends in the documented error, and nothing is started', async (t) => {
  const { call } = await testSystem(t, { sql: smallShop });
  for (const item of [...badIds, ...backupIds, ...unknown, ...bodies, ...queries, ...media]) {
    const [method, path, options] = item.call;
    const answer = await call(method, base + path, options);
    const label = `${method} ${path} ${JSON.stringify(options ?? '').slice(0, 100)} → ${answer.text.slice(0, 300)}`;
    assert.equal(answer.status, item.status, label);
    assert.equal(answer.body.code, item.code, label);
    assert.equal(typeof answer.body.error, 'string', label);
    assert.equal(typeof answer.body.hint, 'string', label);
    if (item.message) assert.match(answer.body.message, item.message);
    if (item.fields) {
      const named = answer.body.details.problems.map((problem: { field: string }) => problem.field);
      assert.deepEqual(named, item.fields, label);
    }
  }
  assert.equal((await call('GET', `${base}/backup`)).body.total, 0);
  assert.equal((await call('GET', `${base}/restore`)).body.total, 0);
});

test('the same mistakes in TypeScript reject with the same errors', async (t) => {
  const { api } = await testSystem(t);
  const wrong = (value: unknown) => value as never;
  await assert.rejects(api.createBackup(wrong({ type: 'everything' })), { code: 'INVALID_REQUEST' });
  await assert.rejects(api.createBackup(wrong({ wait: 'yes' })), { code: 'INVALID_REQUEST' });
  await assert.rejects(api.getBackup(wrong('1')), { code: 'INVALID_REQUEST' });
  await assert.rejects(api.getBackup(4711), { code: 'BACKUP_NOT_FOUND' });
  await assert.rejects(api.downloadBackup(1, wrong('zip')), { code: 'INVALID_REQUEST' });
  await assert.rejects(api.waitForRestore(4711), { code: 'RESTORE_NOT_FOUND' });
  await assert.rejects(api.restore(wrong({})), { code: 'INVALID_REQUEST' });
});

test('a method an address does not take is 405 with what it takes', async (t) => {
  const { call } = await testSystem(t);
  const cases: [string, string, string][] = [
    ['PUT', '/backup', 'POST, GET, DELETE, HEAD, OPTIONS'],
    ['DELETE', '/backup/status', 'GET, HEAD, OPTIONS'],
    ['PUT', '/init-backup-tables', 'POST, GET, HEAD, OPTIONS'],
    ['DELETE', '/init-backup-tables', 'POST, GET, HEAD, OPTIONS'],
    ['PATCH', '/backup/schedule', 'POST, GET, HEAD, OPTIONS'],
    ['POST', '/backup/12', 'GET, DELETE, HEAD, OPTIONS'],
    ['DELETE', '/restore', 'POST, GET, HEAD, OPTIONS'],
  ];
  for (const [method, path, allow] of cases) {
    const answer = await call(method, base + path);
    assert.equal(answer.status, 405, `${method} ${path}`);
    assert.equal(answer.headers.get('allow'), allow);
    if (method !== 'HEAD') assert.equal(answer.body.code, 'METHOD_NOT_ALLOWED');
    const options = await call('OPTIONS', base + path);
    assert.equal(options.status, 204);
    assert.equal(options.headers.get('allow'), allow);
  }
});

test('HEAD is GET without a body', async (t) => {
  const { call } = await testSystem(t);
  const answer = await call('HEAD', `${base}/backup`);
  assert.equal(answer.status, 200);
  assert.equal(answer.text, '');
  assert.equal((await call('HEAD', `${base}/backup/4711`)).status, 404);
});
