import type { Registry } from 'prom-client';
import { metricDefinitions, type MetricSource } from './definitions.ts';

export interface MetricsText {
  /** In the text format of Prometheus. */
  text: string;
  contentType: string;
}

/** What is told of one database. */
export interface DatabaseMetrics {
  /** The value of the label `database`; null where there is one alone, and no such label. */
  database: string | null;
  /** Null until the tables exist: then nothing is told but that they do not. Undefined where nothing answers. */
  source: MetricSource | null | undefined;
}

/** @param unprotected how many databases nothing protects; undefined where one is protected alone */
export async function metricsText(
  all: readonly DatabaseMetrics[],
  unprotected?: number,
): Promise<MetricsText> {
  // With it comes node:http, which nothing else than a scrape needs.
  const { Counter, Gauge, Registry } = await import('prom-client');
  // One for each scrape: nothing is left of a store or a schedule that has gone.
  const registry = new Registry();
  const several = all.some(({ database }) => database !== null);
  const common = several ? ['database'] : [];
  const about = (name: string, help: string, labels: readonly string[]) => ({
    name: `holdfast_${name}`,
    help,
    labelNames: [...new Set([...labels, ...common])],
    registers: [registry],
  });
  const labelsOf = ({ database }: DatabaseMetrics): Record<string, string> =>
    database === null ? {} : { database };

  const initialized = new Gauge(about('initialized', 'Whether the tables of Holdfast exist.', []));
  for (const each of all) if (each.source !== undefined) initialized.set(labelsOf(each), each.source ? 1 : 0);
  if (several) {
    const reachable = new Gauge(
      about(
        'database_reachable',
        'Whether the catalog of a database answers; only where there are several.',
        [],
      ),
    );
    for (const each of all) reachable.set(labelsOf(each), each.source === undefined ? 0 : 1);
  }
  if (unprotected !== undefined) {
    const help = 'Databases of the same servers that nothing protects; only where there are several.';
    new Gauge({ name: 'holdfast_databases_unprotected', help, registers: [registry] }).set(unprotected);
  }
  const known = all.flatMap((each) => (each.source ? [{ source: each.source, labels: labelsOf(each) }] : []));
  if (known.length === 0) return textOf(registry);
  for (const { name, help, labels, samples } of metricDefinitions) {
    if (name.endsWith('_total')) {
      const counter = new Counter(about(name, help, labels));
      for (const { source, labels: of } of known) {
        for (const { labels: given = {}, value } of samples(source)) counter.inc({ ...given, ...of }, value);
      }
      continue;
    }
    const metric = new Gauge(about(name, help, labels));
    // One without labels begins at 0, which would be a value.
    if (labels.length + common.length === 0) metric.remove();
    for (const { source, labels: of } of known) {
      for (const { labels: given = {}, value } of samples(source)) metric.set({ ...given, ...of }, value);
    }
  }
  return textOf(registry);
}

async function textOf(registry: Registry): Promise<MetricsText> {
  return { text: await registry.metrics(), contentType: registry.contentType };
}
