import { aliveAnswer, readyAnswer } from '../probe.ts';
import { route } from '../route.ts';

export const readAlive = route({
  method: 'GET',
  path: '/healthz',
  scope: 'open',
  needsTables: false,
  summary: 'Whether this process answers, for load balancers and the like',
  answers: { 200: { description: 'It does; nothing else is looked at', schema: aliveAnswer } },
});

export const readReady = route({
  method: 'GET',
  path: '/readyz',
  scope: 'open',
  needsTables: false,
  summary: 'Whether the database answers and has the tables of Holdfast',
  answers: {
    200: { description: 'Ready', schema: readyAnswer },
    503: { description: 'Not ready; who may read finds the reason in the status', schema: readyAnswer },
  },
});

export const readMetrics = route({
  method: 'GET',
  path: '/metrics',
  ofAll: true,
  scope: 'read',
  needsTables: false,
  summary: 'Figures for Prometheus',
  description: 'Everything is read at the moment of the call. docs/METRICS.md describes each metric.',
  answers: { 200: { description: 'In the text format of Prometheus', mediaTypes: ['text/plain'] } },
});
