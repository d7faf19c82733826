import { setTimeout as pause } from 'node:timers/promises';
import type { Catalog } from '../../catalog/catalog.ts';
import { runCounts } from '../../catalog/run-counts.ts';
import * as routes from '../../contract/routes/monitoring.ts';
import { endpoint, ok } from '../endpoint.ts';
import { metricsText } from '../metrics/metrics.ts';
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
    const { catalog } = work;
    const status = await currentStatus(work);
    if (!status.initialized) return metricsText(null);
    const [schedules, runs, channels] = [
      await catalog.schedules.enabled(),
      await runCounts(catalog.pool, catalog.schema),
      await catalog.channels.list(),
    ];
    return metricsText({ status, schedules, runs, channels, now: new Date() });
  },
  endpoints: [
    endpoint(routes.readMetrics, async ({ api }) => {
      const { text, contentType } = await api.metrics();
      return new Response(text, { headers: { 'Content-Type': contentType } });
    }),
  ],
});
