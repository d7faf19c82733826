/*
 * metrics/ owns what a monitoring system is told: names, help texts and values, from what the status says. It never decides what is
 * good or bad.
 */
import type { ListedChannel } from '../../catalog/channels.ts';
import type { ScheduleRecord } from '../../catalog/schedules.ts';
import type { RunCount } from '../../catalog/run-counts.ts';
import { healthStates, schedulerStates } from '../../contract/health.ts';
import { protectionStates } from '../../contract/recovery.ts';
import type { StatusAnswer } from '../../contract/system.ts';
import { nextDueTime } from '../../schedule/due-times.ts';
import { channelMetrics } from './channel-metrics.ts';

export type ReadyStatus = Extract<StatusAnswer, { initialized: true }>;

/** What the values come from, once the tables exist. */
export interface MetricSource {
  readonly status: ReadyStatus;
  readonly schedules: readonly ScheduleRecord[];
  readonly runs: readonly RunCount[];
  readonly channels: readonly ListedChannel[];
  readonly now: Date;
}

interface Sample {
  labels?: Record<string, string>;
  value: number;
}

/** One metric: all of them are read from the catalog at the moment of the scrape. A gauge, if its name does not end with `_total`. */
export interface MetricDefinition {
  /** After `holdfast_`, with its base unit. */
  name: string;
  help: string;
  labels: readonly string[];
  samples: (source: MetricSource) => Sample[];
}

const seconds = (at: string | null): number | null => (at === null ? null : Date.parse(at) / 1_000);

/** One without labels; without a sample where there is no value, since 0 would be one. */
function gauge(
  name: string,
  help: string,
  value: (source: MetricSource) => number | null | undefined,
): MetricDefinition {
  return {
    name,
    help,
    labels: [],
    samples(source) {
      const found = value(source);
      return found === null || found === undefined ? [] : [{ value: found }];
    },
  };
}

/** 1 for the state it is in and 0 for each other, so that a rule can name a state. */
function states<State extends string>(
  name: string,
  help: string,
  all: readonly State[],
  current: (source: MetricSource) => State,
): MetricDefinition {
  return {
    name,
    help,
    labels: ['state'],
    samples: (source) =>
      all.map((state) => ({ labels: { state }, value: current(source) === state ? 1 : 0 })),
  };
}

const backupMetrics: MetricDefinition[] = [
  gauge('backups', 'Backups in the catalog, in any state.', ({ status }) => status.backups.total),
  gauge('backups_completed', 'Backups that have completed.', ({ status }) => status.backups.completed),
  gauge(
    'backups_damaged',
    'Completed backups of which stored data is missing or damaged.',
    ({ status }) => status.backups.damaged,
  ),
  gauge(
    'store_bytes',
    'Bytes of all chunks in the store that backups are written to; absent while it cannot be used.',
    ({ status }) => status.backups.storedBytes,
  ),
  gauge('last_backup_timestamp_seconds', 'When the last completed backup ended.', ({ status }) =>
    seconds(status.lastCompleted?.finishedAt ?? null),
  ),
  gauge('last_backup_duration_seconds', 'How long the last completed backup took.', ({ status }) => {
    const [from, to] = [status.lastCompleted?.startedAt, status.lastCompleted?.finishedAt];
    return from && to ? (Date.parse(to) - Date.parse(from)) / 1_000 : null;
  }),
  gauge(
    'last_backup_rows',
    'Rows in the last completed backup.',
    ({ status }) => status.lastCompleted?.rowCount,
  ),
  gauge(
    'last_backup_raw_bytes',
    'Size of the last completed backup as COPY text.',
    ({ status }) => status.lastCompleted?.rawBytes,
  ),
  gauge(
    'last_backup_stored_bytes',
    'Bytes of all chunks that the last completed backup needs.',
    ({ status }) => status.lastCompleted?.storedBytes,
  ),
  gauge(
    'last_backup_new_bytes',
    'Bytes that the last completed backup added to its store.',
    ({ status }) => status.lastCompleted?.newBytes,
  ),
];

const recoveryMetrics: MetricDefinition[] = [
  gauge(
    'recovery_point_age_seconds',
    'Age of the data that would come back, should the database be lost now; absent without a good full backup.',
    ({ status }) => status.recoveryPoint.ageSeconds,
  ),
  gauge(
    'recovery_point_target_seconds',
    'The most that it may be; absent without a target.',
    ({ status }) => status.recoveryPoint.target,
  ),
  gauge(
    'recovery_point_off_site',
    'Whether that backup is outside the database itself.',
    ({ status: { recoveryPoint } }) =>
      recoveryPoint.offSite === null ? null : Number(recoveryPoint.offSite),
  ),
  gauge(
    'recovery_time_seconds',
    'How long it takes to get the database back, as the last drill or restore measured it; absent while nothing has.',
    ({ status }) => status.recoveryTime.seconds,
  ),
  gauge(
    'recovery_time_target_seconds',
    'The most that it may be; absent without a target.',
    ({ status }) => status.recoveryTime.target,
  ),
  {
    name: 'proved_timestamp_seconds',
    help: 'When a whole backup was last proved at this level; absent where that never was.',
    labels: ['level'],
    samples: ({ status: { proofs } }) =>
      Object.entries(proofs).flatMap(([level, proof]) =>
        proof === null ? [] : [{ labels: { level }, value: Date.parse(proof.at) / 1_000 }],
      ),
  },
  {
    name: 'last_drill_timestamp_seconds',
    help: 'When the newest drill with a verdict ended, by its verdict.',
    labels: ['verdict'],
    samples: ({ status: { lastDrill } }) =>
      lastDrill === null
        ? []
        : [{ labels: { verdict: lastDrill.verdict }, value: Date.parse(lastDrill.at) / 1_000 }],
  },
  gauge('last_drill_restore_seconds', 'How long the newest drill took to restore everything.', ({ status }) =>
    typeof status.lastDrill?.restoreMs === 'number' ? status.lastDrill.restoreMs / 1_000 : null,
  ),
];

const troubleMetrics: MetricDefinition[] = [
  gauge(
    'failures',
    'Runs since the last good backup that failed or were interrupted.',
    ({ status }) => status.health.failures,
  ),
  {
    name: 'warnings',
    help: 'What an operator should look at although backups go on, by code.',
    labels: ['code'],
    samples: ({ status: { health } }) =>
      [...Map.groupBy(health.warnings, ({ code }) => code)].map(([code, list]) => ({
        labels: { code },
        value: list.length,
      })),
  },
  gauge(
    'findings_open',
    'Findings of damage in the data that are not settled.',
    ({ status }) => status.findings.open,
  ),
  gauge('findings_open_since_timestamp_seconds', 'When the oldest of them was found.', ({ status }) =>
    seconds(status.findings.since),
  ),
  {
    name: 'scrub_timestamp_seconds',
    help: 'When the last scrub of a store ended.',
    labels: ['store', 'state'],
    samples: ({ status }) =>
      status.scrubs.flatMap(({ store, status: state, finishedAt }) =>
        finishedAt === null ? [] : [{ labels: { store, state }, value: Date.parse(finishedAt) / 1_000 }],
      ),
  },
  {
    name: 'store_read_since_timestamp_seconds',
    help: 'Since when every byte of a store has been read again, or written.',
    labels: ['store'],
    samples: ({ status }) =>
      status.read.map(({ store, since }) => ({ labels: { store }, value: Date.parse(since) / 1_000 })),
  },
];

const runMetrics: MetricDefinition[] = [
  {
    name: 'runs',
    help: 'Runs in the catalog by kind and state. Their rows are deleted in time, so this can fall.',
    labels: ['kind', 'state'],
    samples: ({ runs }) => runs.map(({ kind, state, count }) => ({ labels: { kind, state }, value: count })),
  },
  {
    name: 'schedule_next_timestamp_seconds',
    help: 'When a schedule is due next; absent while it is off.',
    labels: ['schedule'],
    samples: ({ schedules, now }) =>
      schedules.flatMap((schedule) => {
        const next = nextDueTime(schedule, now);
        return next ? [{ labels: { schedule: schedule.name }, value: next.getTime() / 1_000 }] : [];
      }),
  },
  states(
    'scheduler_state',
    'Whether any process starts scheduled backups: 1 for the state it is in.',
    schedulerStates,
    ({ status }) => status.scheduler,
  ),
];

/** Every metric, in the order in which they are answered. */
export const metricDefinitions: readonly MetricDefinition[] = [
  {
    name: 'info',
    help: 'Which Holdfast and which server: always 1.',
    labels: ['version', 'database', 'server_version'],
    samples: ({ status: { version, database } }) => [
      { labels: { version, database: database.name, server_version: database.serverVersion }, value: 1 },
    ],
  },
  states(
    'health_state',
    'The health that the status shows: 1 for the state it is in.',
    healthStates,
    ({ status }) => status.health.state,
  ),
  states(
    'protection_state',
    'Whether the backups protect the database: 1 for the state it is in.',
    protectionStates,
    ({ status }) => status.protection.state,
  ),
  ...backupMetrics,
  ...recoveryMetrics,
  ...troubleMetrics,
  ...runMetrics,
  ...channelMetrics,
];
