import { setTimeout as pause } from 'node:timers/promises';
import type { Catalog } from '../../catalog/catalog.ts';
import { runCounts } from '../../catalog/run-counts.ts';
import * as routes from '../../contract/routes/monitoring.ts';
import { endpoint, ok } from '../endpoint.ts';
import { askedInTime, type ApiContext } from '../context.ts';
import type { MetricSource } from '../metrics/definitions.ts';
import { metricsText, type DatabaseMetrics } from '../metrics/metrics.ts';
import { operation } from '../operation.ts';
import { currentStatus } from '../status.ts';

/** Without the database: this process answers, which is all that a restart of it could mend. */
export const readAlive = endpoint(routes.readAlive, async () => ok({ status: 'ok' }));

const patienceMs = 2_000;

export const ready = operation({
  name: 'ready',
  takes: [],
  async run({ catalog }) {
    // Who asks has a limit of its own, and shorter ones than a connection's are usual.
    const late = pause(patienceMs, false, { ref: false });
    return { ready: await Promise.race([isReady(catalog), late]) };
  },
  endpoints: [
    endpoint(routes.readReady, async ({ api }) => {
      const body = await api.ready();
      return body.ready ? ok(body) : ({ status: 503, body } as const);
    }),
  ],
});

const underWay = new WeakMap<Catalog, Promise<boolean>>();

/** One question for all who ask meanwhile: anyone may, and the connections are few. */
function isReady(catalog: Catalog): Promise<boolean> {
  let asked = underWay.get(catalog);
  if (!asked) {
    // The reason of a failure may name hosts and roles.
    asked = catalog.isInitialized().catch(() => false);
    underWay.set(catalog, asked);
    void asked.then(() => underWay.delete(catalog));
  }
  return asked;
}

export const metrics = operation({
  name: 'metrics',
  takes: [],
  async run(work) {
    const { databases, caller } = work;
    const theirs = caller.databases;
    if (!databases.several) return metricsText([{ database: null, source: await sourceOf(work) }]);
    const [all, others] = await Promise.all([
      databases.contexts(),
      theirs ? undefined : databases.unprotected(),
    ]);
    const told: DatabaseMetrics[] = [];
    for (const { name, context } of all) {
      if (theirs && !theirs.includes(name)) continue;
      // One that does not answer must not hide the others.
      const source = await askedInTime(sourceOf(context)).catch(() => undefined);
      told.push({ database: name, source });
    }
    return metricsText(told, others?.unprotected.length);
  },
  endpoints: [
    endpoint(routes.readMetrics, async ({ api }) => {
      const { text, contentType } = await api.metrics();
      return new Response(text, { headers: { 'Content-Type': contentType } });
    }),
  ],
});

async function sourceOf(context: ApiContext): Promise<MetricSource | null> {
  const { catalog } = context;
  const status = await currentStatus(context);
  if (!status.initialized) return null;
  const schedules = await catalog.schedules.enabled();
  const runs = await runCounts(catalog.pool, catalog.schema);
  return { status, schedules, runs, channels: await catalog.channels.list(), now: new Date() };
}
