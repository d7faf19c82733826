import { metricDefinitions, type MetricSource } from './definitions.ts';

export interface MetricsText {
  /** In the text format of Prometheus. */
  text: string;
  contentType: string;
}

/** @param source null until the tables exist: then nothing is told but that they do not */
export async function metricsText(source: MetricSource | null): Promise<MetricsText> {
  // With it comes node:http, which nothing else than a scrape needs.
  const { Counter, Gauge, Registry } = await import('prom-client');
  // One for each scrape: nothing is left of a store or a schedule that has gone.
  const registry = new Registry();
  new Gauge({
    name: 'holdfast_initialized',
    help: 'Whether the tables of Holdfast exist.',
    registers: [registry],
  }).set(source ? 1 : 0);
  if (source) {
    for (const { name, help, labels, samples } of metricDefinitions) {
      const about = { name: `holdfast_${name}`, help, labelNames: [...labels], registers: [registry] };
      if (name.endsWith('_total')) {
        const counter = new Counter(about);
        for (const { labels: given = {}, value } of samples(source)) counter.inc(given, value);
        continue;
      }
      const metric = new Gauge(about);
      // One without labels begins at 0, which would be a value.
      if (labels.length === 0) metric.remove();
      for (const { labels: given = {}, value } of samples(source)) metric.set(given, value);
    }
  }
  return { text: await registry.metrics(), contentType: registry.contentType };
}
