/** The dashboard of Grafana asks for metrics, labels and states that there are. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { dashboard, dashboardFile } from '../../scripts/grafana-dashboard.ts';
import { metricDefinitions } from '../../src/api/metrics/definitions.ts';
import { healthStates, healthWarning, schedulerStates } from '../../src/contract/health.ts';
import { protectionStates } from '../../src/contract/recovery.ts';
import { runKinds, runStates } from '../../src/contract/states.ts';

interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}

const text = await fs.readFile(dashboardFile, 'utf8');
const { panels, templating } = JSON.parse(text) as {
  panels: Panel[];
  templating: { list: { name: string; definition?: string }[] };
};
const targets = panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

/** Labels of each metric; those that Prometheus makes itself are there too. */
const labelsOf = new Map<string, readonly string[]>([
  ...metricDefinitions.map(({ name, labels }) => [`holdfast_${name}`, labels] as const),
  ['holdfast_initialized', []],
  ['up', []],
  ['scrape_duration_seconds', []],
]);
const valuesOf: Record<string, readonly string[]> = {
  kind: runKinds,
  state: [...runStates, ...healthStates, ...protectionStates, ...schedulerStates],
  code: healthWarning.options.map(({ shape }) => shape.code.value),
};

/** The metrics that an expression names, each with what is between its braces. */
function selectors(expr: string): { name: string; matchers: string }[] {
  const found = expr.matchAll(/\b(holdfast_\w+|up|scrape_\w+)\b(?:\{([^}]*)\})?/g);
  return [...found].map(([, name = '', matchers = '']) => ({ name, matchers }));
}

const promtool = spawnSync('promtool', ['--version']);
const skip =
  promtool.status === 0 ? false : 'promtool is not there (Debian has it in the package prometheus)';

test('the dashboard is the one that the script writes', () => {
  assert.equal(text, dashboard(), 'write it with: node scripts/grafana-dashboard.ts');
});

test('it has its variables, panels of their own ids, and none above another', () => {
  assert.deepEqual(
    templating.list.map(({ name }) => name),
    ['datasource', 'instance', 'database'],
  );
  const ids = panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(targets.length > 30, `${targets.length} expressions`);
  for (const { title, datasource } of targets) assert.equal(datasource.uid, '${datasource}', title);
  const taken = new Map<string, string>();
  for (const { title, gridPos } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, title);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        const other = taken.get(`${x} ${y}`);
        assert.equal(other, undefined, `${title} covers ${other}`);
        taken.set(`${x} ${y}`, title);
      }
    }
  }
});

test('it asks for metrics, labels and values that there are', () => {
  const shown = new Set<string>();
  for (const { title, expr, legendFormat } of targets) {
    const asked = selectors(expr);
    assert.ok(asked.length > 0, title);
    const known = new Set<string>();
    for (const { name, matchers } of asked) {
      const labels = labelsOf.get(name);
      assert.ok(labels, `${title}: no metric ${name}`);
      shown.add(name);
      for (const label of labels) known.add(label);
      const given = [...matchers.matchAll(/(\w+)(=~|=)"([^"]*)"/g)];
      assert.ok(
        given.some(([, label, , value]) => label === 'instance' && value === '$instance'),
        `${title}: of any instance`,
      );
      for (const [, label = '', , value = ''] of given) {
        if (label === 'instance' || (label === 'database' && value === '$database')) continue;
        assert.ok(labels.includes(label), `${title}: ${name} has no label ${label}`);
        for (const each of value.split('|')) {
          const pattern = new RegExp(`^(?:${each})$`);
          assert.ok(
            valuesOf[label]?.some((possible) => pattern.test(possible)),
            `${title}: ${label} ${each}`,
          );
        }
      }
    }
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
    const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
    for (const label of [...grouped, ...named]) assert.ok(known.has(label), `${title}: label ${label}`);
  }
  const missing = metricDefinitions.map(({ name }) => `holdfast_${name}`).filter((name) => !shown.has(name));
  // In figures that say the same: all backups in any state, and since when the oldest finding is open.
  assert.deepEqual(missing, ['holdfast_backups', 'holdfast_findings_open_since_timestamp_seconds']);
  for (const { definition } of templating.list) {
    const [asked] = selectors(definition ?? '');
    if (asked) assert.ok(labelsOf.has(asked.name), asked.name);
  }
});

test('promtool accepts every expression of it', { skip }, async (t) => {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-grafana-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  const rules = targets.map(({ expr }, index) => ({ record: `panel:expression_${index}`, expr }));
  const file = path.join(folder, 'rules.yml');
  // JSON is YAML.
  await fs.writeFile(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
  const checked = spawnSync('promtool', ['check', 'rules', file], { encoding: 'utf8' });
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  assert.match(checked.stdout, new RegExp(`${targets.length} rules found`));
});
