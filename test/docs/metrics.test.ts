import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { metricsFile, withMetrics } from '../../scripts/metrics-doc.ts';
import { metricDefinitions } from '../../src/api/metrics/definitions.ts';
import { smallShop, testSystem } from '../api/system.ts';

const rules = path.resolve(import.meta.dirname, '../../deploy/prometheus/holdfast.rules.yml');
const promtool = spawnSync('promtool', ['--version']);
const skip =
  promtool.status === 0 ? false : 'promtool is not there (Debian has it in the package prometheus)';

test('the metrics in docs/METRICS.md are those of the definitions', async () => {
  const found = await fs.readFile(metricsFile, 'utf8');
  assert.equal(found, withMetrics(found), 'write them with: node scripts/metrics-doc.ts');
});

test('the alert rules name metrics and states that there are', async () => {
  const text = await fs.readFile(rules, 'utf8');
  const ofSeveral = ['initialized', 'database_reachable', 'databases_unprotected'];
  const known = new Set([...ofSeveral, ...metricDefinitions.map(({ name }) => name)]);
  const named = [...text.matchAll(/\bholdfast_([a-z_]+)/g)].map(([, name]) => name!);
  assert.ok(named.length > 10);
  for (const name of named) assert.ok(known.has(name), name);
});

test('promtool accepts the metrics and the alert rules', { skip }, async (t) => {
  const { api } = await testSystem(t, { sql: smallShop });
  await api.updateSchedule({ enabled: true, frequency: 'daily', time: '02:00' });
  await api.createBackup({ wait: true });
  await api.createChannel({ name: 'on-call', url: 'https://hooks.example.com/' });
  const { text } = await api.metrics();
  const metrics = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.equal(metrics.status, 0, metrics.stdout + metrics.stderr);
  assert.equal(metrics.stderr + metrics.stdout, '', 'not even a remark');
  const checked = spawnSync('promtool', ['check', 'rules', rules], { encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
});
