import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { isTracing } from '../../src/base/tracing.ts';
import { smallShop, testSystem, token } from '../api/system.ts';
import { openReceiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { planted } from './planted.ts';

const base = '/api/admin';

/** What an application does that has OpenTelemetry. */
function application(t: TestContext): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
  t.after(() => {
    trace.disable();
    context.disable();
    propagation.disable();
  });
  return exporter;
}

const parentOf = (span: ReadableSpan): string | undefined => span.parentSpanContext?.spanId;

test('calls, runs with their steps and stores, and messages are spans; without an SDK there are none', async (t) => {
  const { api, call, system, db } = await testSystem(t, { sql: smallShop, idlePollSeconds: 3_600 });
  const { id: before } = await api.createBackup({ wait: true });
  assert.equal(isTracing(), false);

  const exporter = application(t);
  const receiver = await openReceiver(t);
  const found = (name: string): ReadableSpan[] =>
    exporter.getFinishedSpans().filter((span) => span.name === name);
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const answer = await call('POST', `${base}/backup?wait=60`, {
    body: { type: 'full' },
    headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  });
  assert.equal(answer.body.backup.status, 'completed');

  // By the route, and in the trace of the caller.
  const [ordered] = found(`POST ${base}/backup`);
  assert.equal(ordered!.kind, SpanKind.SERVER);
  assert.equal(ordered!.spanContext().traceId, traceId);
  assert.equal(parentOf(ordered!), '00f067aa0ba902b7');
  assert.deepEqual(ordered!.attributes, {
    'http.request.method': 'POST',
    'http.response.status_code': answer.status,
    'http.route': `${base}/backup`,
    'url.path': `${base}/backup`,
    'url.scheme': 'http',
  });

  const [run] = found('holdfast backup');
  const { id } = answer.body.backup as { id: number };
  assert.equal(parentOf(run!), undefined, 'it may last longer than the call');
  assert.deepEqual(
    run!.links.map((link) => link.context.spanId),
    [ordered!.spanContext().spanId],
  );
  assert.deepEqual(
    [
      run!.attributes['holdfast.run.id'],
      run!.attributes['holdfast.run.state'],
      run!.attributes['holdfast.run.rows'],
    ],
    [id, 'completed', 550],
  );
  const below = exporter.getFinishedSpans().filter((span) => parentOf(span) === run!.spanContext().spanId);
  const steps = below.filter(({ name }) => name.startsWith('holdfast step '));
  assert.ok(
    steps.some(({ name }) => name === 'holdfast step data'),
    below.map(({ name }) => name).join(),
  );
  // However many chunks there are.
  const stores = below.filter(({ name }) => name.startsWith('holdfast store '));
  assert.deepEqual(new Set(stores.map(({ name }) => name)).size, stores.length);
  const put = stores.find(({ name }) => name === 'holdfast store put')!;
  assert.equal(put.attributes['holdfast.store.name'], 'database');
  assert.ok(Number(put.attributes['holdfast.store.calls']) > 0);

  // What fails has its code, and no words.
  await db.client.query(`begin; lock table orders in access exclusive mode`);
  const { body } = await call('POST', `${base}/backup`, { body: { type: 'full' } });
  await call('POST', `${base}/backup/${body.backup.id}/cancel`);
  await db.client.query('rollback');
  await until(async () => found('holdfast backup').length === 2);
  const failed = found('holdfast backup')[1]!;
  assert.equal(failed.attributes['error.type'], 'CANCELLED');
  assert.equal(failed.attributes['holdfast.run.state'], 'cancelled');
  assert.equal(failed.status.code, SpanStatusCode.ERROR);
  assert.equal(failed.status.message, undefined);

  await call('GET', `${base}/backup/4711?token=${planted}`);
  await call('GET', `${base}/backup/4711`, { headers: { Authorization: `Bearer ${planted}` } });
  await call('GET', `${base}/backup/4711`, { headers: { Cookie: planted } });
  await call('GET', `${base}/${planted}`);
  const missing = found(`GET ${base}/backup/{id}`);
  assert.deepEqual(
    missing.map(({ attributes }) => [
      attributes['http.response.status_code'],
      attributes['holdfast.error.code'],
    ]),
    [
      [400, 'INVALID_REQUEST'],
      [404, 'BACKUP_NOT_FOUND'],
    ],
  );
  assert.deepEqual(
    found('GET').map(({ attributes }) => attributes['http.response.status_code']),
    [401, 404],
  );

  await api.createChannel({ name: 'on-call', url: `${receiver.url}/${planted}`, topics: ['restore.done'] });
  await system.start();
  await api.restore({ backupId: before, restoreType: 'partial', tables: ['orders'], wait: true });
  await receiver.next();
  const sent = await until(async () => found('holdfast notification')[0]);
  assert.equal(sent.kind, SpanKind.CLIENT);
  assert.deepEqual(sent.attributes, {
    'holdfast.channel.kind': 'webhook',
    'holdfast.notice.status': 204,
    'holdfast.notice.topic': 'restore.done',
  });
  assert.equal(found('holdfast restore').length, 1);

  const all = JSON.stringify(
    exporter
      .getFinishedSpans()
      .map(({ name, attributes, status, events, links }) => ({ name, attributes, status, events, links })),
  );
  assert.ok(!all.includes(planted) && !all.includes(token), all);
  assert.ok(exporter.getFinishedSpans().length < 120, 'bounded');
});
