/** What the dashboard of Grafana shows: its rows, panels and expressions. scripts/grafana-dashboard.ts makes the file of it. */
import {
  curve,
  figure,
  labelled,
  list,
  metric,
  own,
  panel,
  since,
  stateOf,
  type Shown,
} from './grafana-panel.ts';

const goodAtZero: Shown['steps'] = [
  [null, 'green'],
  [1, 'red'],
];

const protection = stateOf('protection_state', {
  protected: 'green',
  unproved: 'yellow',
  inside: 'orange',
  unprotected: 'red',
});
const health = stateOf('health_state', {
  healthy: 'green',
  late: 'red',
  failing: 'red',
  damaged: 'red',
  unscheduled: 'yellow',
});
const scheduler = stateOf('scheduler_state', { running: 'green', none: 'red', unknown: 'yellow' });
/** Rows of the dashboard, each with its panels from left to right. */
export const rows: [title: string, panels: Shown[]][] = [
  [
    'Is it protected?',
    [
      figure('Protection', 'Whether the backups protect the database.', protection.queries, protection.rest),
      figure(
        'Health',
        'Whether each schedule has the backup that was due last, and the last runs were good.',
        health.queries,
        health.rest,
      ),
      figure(
        'Newest good backup is old',
        'Age of the data that would come back, should the database be lost now. Nothing here: there is no good full backup.',
        metric('recovery_point_age_seconds'),
        { unit: 's' },
      ),
      figure(
        'Of its target',
        'That age, as a share of the target (HOLDFAST_RPO_HOURS). Nothing here: no target is set.',
        `${metric('recovery_point_age_seconds')} / ${metric('recovery_point_target_seconds')}`,
        {
          unit: 'percentunit',
          steps: [
            [null, 'green'],
            [0.8, 'yellow'],
            [1, 'red'],
          ],
        },
      ),
      figure(
        'Outside the database',
        'Whether that backup is outside the database itself.',
        metric('recovery_point_off_site'),
        {
          words: { '0': ['no', 'red'], '1': ['yes', 'green'] },
        },
      ),
      figure(
        'Damaged backups',
        'Completed backups of which stored data is missing or damaged.',
        metric('backups_damaged'),
        {
          steps: goodAtZero,
        },
      ),
      curve(
        'Age of the newest good backup',
        'It should fall at each backup, and stay below the target.',
        [
          { expr: metric('recovery_point_age_seconds'), legend: 'age' },
          { expr: metric('recovery_point_target_seconds'), legend: 'target' },
        ],
        { unit: 's', colors: { target: 'red' } },
      ),
      list(
        'Warnings now',
        'What an operator should look at although backups go on. The status and the page say more of each.',
        labelled(`sum by (code) (${metric('warnings')}) > 0`, '{{code}}'),
      ),
    ],
  ],
  [
    'Runs',
    [
      figure(
        'Failures',
        'Runs since the last good backup that failed or were interrupted.',
        metric('failures'),
        {
          steps: goodAtZero,
        },
      ),
      figure(
        'Last backup ended',
        'How long ago the last completed backup ended.',
        since('last_backup_timestamp_seconds'),
        {
          unit: 's',
        },
      ),
      figure('It took', 'How long the last completed backup took.', metric('last_backup_duration_seconds'), {
        unit: 's',
      }),
      panel(
        'table',
        12,
        4,
        'dateTimeFromNow',
      )(
        'Due next',
        'When each schedule is due; one that is off is not here.',
        labelled(`1000 * ${metric('schedule_next_timestamp_seconds')}`, '{{schedule}}'),
      ),
      curve(
        'Duration of backups',
        'Of the last completed backup at that time.',
        [{ expr: metric('last_backup_duration_seconds'), legend: 'backup' }],
        { unit: 's' },
      ),
      curve(
        'Runs that failed or were interrupted',
        'By kind, of the runs in the catalog. Their rows are deleted in time, so this can fall.',
        labelled(`sum by (kind) (${metric('runs', 'state=~"failed|interrupted"')})`, '{{kind}}'),
      ),
    ],
  ],
  [
    'Sizes',
    [
      figure(
        'In the store',
        'Bytes of all chunks in the store that backups are written to.',
        metric('store_bytes'),
        {
          unit: 'bytes',
        },
      ),
      figure('Backups', 'Backups that have completed.', metric('backups_completed')),
      figure('Rows', 'Rows in the last completed backup.', metric('last_backup_rows'), { unit: 'short' }),
      figure('As text', 'Size of the last completed backup as COPY text.', metric('last_backup_raw_bytes'), {
        unit: 'bytes',
      }),
      figure(
        'Stored',
        'Bytes of all chunks that the last completed backup needs.',
        metric('last_backup_stored_bytes'),
        {
          unit: 'bytes',
        },
      ),
      figure(
        'New',
        'Bytes that the last completed backup added to its store.',
        metric('last_backup_new_bytes'),
        {
          unit: 'bytes',
        },
      ),
      curve(
        'The store',
        'Bytes in the store, and what the last backup needs of them and added.',
        [
          { expr: metric('store_bytes'), legend: 'store' },
          { expr: metric('last_backup_stored_bytes'), legend: 'needed by the last backup' },
          { expr: metric('last_backup_new_bytes'), legend: 'added by it' },
        ],
        { unit: 'bytes' },
      ),
      curve(
        'Rows in the backup',
        'A fall that nobody has ordered is worth a look.',
        [{ expr: metric('last_backup_rows'), legend: 'rows' }],
        { unit: 'short' },
      ),
    ],
  ],
  [
    'Stores and copies',
    [
      curve(
        'Every byte read again within',
        'For each store, how long ago its oldest byte was read again or written. With the default of 30 days it stays near that.',
        labelled(since('store_read_since_timestamp_seconds'), '{{store}}'),
        { unit: 's' },
      ),
      curve(
        'Copies',
        'Copies to other stores, by state.',
        labelled(`sum by (state) (${metric('runs', 'kind="copy"')})`, '{{state}}'),
      ),
      list(
        'Last scrub of each store',
        'How long ago it ended, and how.',
        labelled(since('scrub_timestamp_seconds'), '{{store}}'),
        { unit: 's' },
      ),
      curve(
        'Warnings about stores',
        'A store that fails or was rolled back, copies that are behind, a scrub that fails, backups in the database alone.',
        labelled(
          `sum by (code) (${metric('warnings', 'code=~"STORE_.+|COPY_BEHIND|SCRUB_FAILING|ONLY_IN_DATABASE"')})`,
          '{{code}}',
        ),
      ),
    ],
  ],
  [
    'Proofs',
    [
      panel(
        'stat',
        8,
        4,
        's',
      )(
        'Last proved',
        'How long ago a whole backup was last proved, by level: a drill has restored and compared it, content was read and unpacked, checksum was read.',
        labelled(since('proved_timestamp_seconds'), '{{level}}'),
      ),
      figure(
        'Last drill ended',
        'How long ago the newest drill with a verdict ended, and its verdict.',
        labelled(since('last_drill_timestamp_seconds'), '{{verdict}}'),
        { unit: 's', colors: { passed: 'green', failed: 'red', inconclusive: 'yellow' } },
      ),
      figure(
        'Time to get it back',
        'As the last drill or restore measured it.',
        metric('recovery_time_seconds'),
        { unit: 's' },
      ),
      figure(
        'Of its target',
        'That time, as a share of the target (HOLDFAST_RTO_MINUTES). Nothing here: no target is set, or nothing was measured.',
        `${metric('recovery_time_seconds')} / ${metric('recovery_time_target_seconds')}`,
        {
          unit: 'percentunit',
          steps: [
            [null, 'green'],
            [1, 'red'],
          ],
        },
      ),
      figure(
        'Findings of damage',
        'Damage in the data that is not settled. Cleanup waits for it.',
        metric('findings_open'),
        {
          steps: goodAtZero,
        },
      ),
      curve(
        'Time of a whole restore',
        'As the newest drill measured it, and the target.',
        [
          { expr: metric('last_drill_restore_seconds'), legend: 'drill' },
          { expr: metric('recovery_time_target_seconds'), legend: 'target' },
        ],
        { unit: 's', colors: { target: 'red' } },
      ),
      curve(
        'Verifications, drills and scrubs',
        'Runs in the catalog, by kind and state.',
        labelled(
          `sum by (kind, state) (${metric('runs', 'kind=~"verification|drill|scrub"')})`,
          '{{kind}} {{state}}',
        ),
      ),
    ],
  ],
  [
    'Channels',
    [
      curve(
        'Messages that wait',
        'What channels have not taken yet. It should be 0 but for moments.',
        labelled(metric('notifications_waiting'), '{{channel}}'),
        { width: 8 },
      ),
      curve(
        'The oldest of them waits',
        'Messages are given up after a day.',
        labelled(metric('notifications_oldest_waiting_age_seconds'), '{{channel}}'),
        { unit: 's', width: 8 },
      ),
      curve(
        'Attempts that failed, in an hour',
        'A receiver that was away for a moment is tried again.',
        labelled(`increase(${metric('notifications_failed_total')}[1h])`, '{{channel}}'),
        { width: 8 },
      ),
      list(
        'Fails since',
        'How long each channel has taken nothing. Nothing here: all of them take what is sent.',
        labelled(since('notifications_failing_since_timestamp_seconds'), '{{channel}}'),
        { unit: 's', width: 8 },
      ),
      list(
        'Taken last',
        'How long ago each channel took a message or a call.',
        labelled(since('notifications_last_sent_timestamp_seconds'), '{{channel}}'),
        { unit: 's', width: 8 },
      ),
      curve(
        'Taken and given up, in a day',
        'Messages that arrived, and those that never will.',
        [
          { expr: `increase(${metric('notifications_sent_total')}[1d])`, legend: '{{channel}}' },
          { expr: `increase(${metric('notifications_given_up_total')}[1d])`, legend: '{{channel}} given up' },
        ],
        { width: 8 },
      ),
    ],
  ],
  [
    'Queue and process',
    [
      figure(
        'Schedules are started',
        'Whether any process starts scheduled backups.',
        scheduler.queries,
        scheduler.rest,
      ),
      figure('Tables', 'Whether the tables of Holdfast exist (holdfast init).', metric('initialized'), {
        words: { '0': ['no', 'red'], '1': ['yes', 'green'] },
      }),
      figure('Answers', 'Whether Prometheus reaches this process.', `up{${own}}`, {
        words: { '0': ['no', 'red'], '1': ['yes', 'green'] },
      }),
      list('Which one', 'Version of Holdfast, database and version of its server.', metric('info'), {
        height: 4,
      }),
      curve(
        'Waiting and running',
        'Runs that wait, and runs that are performed, by kind.',
        labelled(`sum by (kind, state) (${metric('runs', 'state=~"queued|running"')})`, '{{kind}} {{state}}'),
      ),
      curve(
        'A scrape takes',
        'How long this process needs to answer Prometheus.',
        [{ expr: `scrape_duration_seconds{${own}}`, legend: 'scrape' }],
        { unit: 's' },
      ),
    ],
  ],
];
