/**
 * Writes deploy/grafana/holdfast.json, the dashboard over the metrics of docs/METRICS.md.
 *
 *   node scripts/grafana-dashboard.ts            writes it
 *   node scripts/grafana-dashboard.ts --check    fails when it differs
 */
import * as fs from 'node:fs/promises';
import path from 'node:path';
import type { Shown } from './grafana-panel.ts';
import { rows } from './grafana-panels.ts';

export const dashboardFile = path.resolve(import.meta.dirname, '../deploy/grafana/holdfast.json');

const source = { type: 'prometheus', uid: '${datasource}' };

function shape(shown: Shown, id: number, x: number, y: number): object {
  const { type, title, description, width, height, queries, names = false } = shown;
  const overrides = Object.entries(shown.colors ?? {}).map(([name, color]) => ({
    matcher: { id: 'byName', options: name },
    properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
  }));
  const mappings = Object.entries(shown.words ?? {}).map(([value, [text, color]], index) => ({
    type: 'value',
    options: { [value]: { text, color, index } },
  }));
  const steps = (shown.steps ?? [[null, type === 'stat' ? 'blue' : 'green']]).map(([value, color]) => ({
    value,
    color,
  }));
  const targets = queries.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode(65 + index),
    datasource: source,
    expr,
    legendFormat: legend === '' ? title : legend,
    ...(type === 'timeseries' ? { range: true } : { instant: true, range: false }),
    ...(type === 'table' ? { format: 'table' } : {}),
  }));
  const color = { mode: type === 'timeseries' ? 'palette-classic' : 'thresholds' };
  return {
    id,
    type,
    title,
    description,
    datasource: source,
    gridPos: { x, y, w: width, h: height },
    fieldConfig: {
      defaults: {
        unit: shown.unit,
        color,
        mappings,
        thresholds: { mode: 'absolute', steps },
        ...drawing(type),
      },
      overrides,
    },
    options: optionsOf(
      type,
      names,
      queries.some(({ legend }) => legend !== ''),
    ),
    targets,
    ...(type === 'table' ? { transformations: tidyTable } : {}),
  };
}

/** A step, not a slope: between two scrapes nothing is known. */
const drawing = (type: Shown['type']): object =>
  type === 'timeseries'
    ? {
        min: 0,
        custom: { drawStyle: 'line', lineInterpolation: 'stepAfter', fillOpacity: 8, spanNulls: false },
      }
    : {};

function optionsOf(type: Shown['type'], names: boolean, several: boolean): object {
  if (type === 'timeseries') {
    return {
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
      tooltip: { mode: 'multi', sort: 'desc' },
    };
  }
  if (type === 'table') return { showHeader: true };
  return {
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    colorMode: 'background',
    graphMode: 'none',
    textMode: names ? 'name' : several ? 'value_and_name' : 'value',
  };
}

const tidyTable = [
  {
    id: 'organize',
    options: { excludeByName: { Time: true, __name__: true, instance: true, job: true }, renameByName: {} },
  },
];

function panels(): object[] {
  const found: object[] = [];
  let [id, y] = [0, 0];
  for (const [title, shown] of rows) {
    found.push({
      id: ++id,
      type: 'row',
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
      panels: [],
    });
    y += 1;
    let [x, height] = [0, 0];
    for (const each of shown) {
      if (x + each.width > 24) [x, y, height] = [0, y + height, 0];
      found.push(shape(each, ++id, x, y));
      x += each.width;
      height = Math.max(height, each.height);
    }
    y += height;
  }
  return found;
}

const variable = (name: string, label: string, rest: object): object => ({ name, label, hide: 0, ...rest });

/** The text of the file. */
export function dashboard(): string {
  const document = {
    uid: 'holdfast',
    title: 'Holdfast',
    description:
      'Backups of PostgreSQL: whether they protect the database, and what is known of them. docs/METRICS.md of Holdfast describes the metrics. Written by scripts/grafana-dashboard.ts.',
    tags: ['holdfast', 'postgresql', 'backup'],
    editable: true,
    graphTooltip: 1,
    schemaVersion: 39,
    version: 1,
    time: { from: 'now-7d', to: 'now' },
    refresh: '1m',
    timezone: 'browser',
    annotations: { list: [] },
    links: [],
    templating: {
      list: [
        variable('datasource', 'Data source', { type: 'datasource', query: 'prometheus' }),
        variable('instance', 'Instance', {
          type: 'query',
          datasource: source,
          definition: 'label_values(holdfast_initialized, instance)',
          query: { query: 'label_values(holdfast_initialized, instance)', refId: 'instance' },
          refresh: 2,
          sort: 1,
          multi: false,
          includeAll: false,
        }),
        variable('database', 'Database', {
          type: 'query',
          datasource: source,
          definition: 'label_values(holdfast_initialized{instance="$instance"}, database)',
          query: {
            query: 'label_values(holdfast_initialized{instance="$instance"}, database)',
            refId: 'database',
          },
          refresh: 2,
          sort: 1,
          multi: false,
          includeAll: true,
          allValue: '.*',
        }),
      ],
    },
    panels: panels(),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

if (import.meta.main) {
  const wanted = dashboard();
  if (!process.argv.includes('--check')) await fs.writeFile(dashboardFile, wanted);
  else if (wanted !== (await fs.readFile(dashboardFile, 'utf8'))) {
    console.error('deploy/grafana/holdfast.json differs: node scripts/grafana-dashboard.ts');
    process.exitCode = 1;
  }
}
