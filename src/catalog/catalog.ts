/*
 * catalog/ owns our own tables: one repository each, their creation, upgrade, proof and locks. It never moves row
 * data or decides when something runs.
 */
import type { Pool } from '../postgres/pool.ts';
import { audit, type Audit } from './audit.ts';
import { approvals, type Approvals } from './approvals.ts';
import { announcements, type Announcements } from './announcements.ts';
import { backups, type Backups } from './backups.ts';
import { drills, type Drills } from './drills.ts';
import { endedSessions, type EndedSessions } from './ended-sessions.ts';
import { events, type Events } from './events.ts';
import { enrolledDatabases, type EnrolledDatabases } from './enrolled-databases.ts';
import { findings, type Findings } from './findings.ts';
import { channels, type Channels } from './channels.ts';
import { cleanupLog, type CleanupLog } from './cleanup-log.ts';
import { copies, type Copies } from './copies.ts';
import { committingRestores, type CommittingRestores } from './committing.ts';
import type { OwnObjects } from '../engine/run.ts';
import { initialize, type Initialized } from './initialize.ts';
import { readOwnObjects } from './own-objects.ts';
import { isInitialized, type Proven } from './readiness.ts';
import { keptRows, type KeptRowsOfRestores } from './kept-rows.ts';
import { knownRanges, type KnownRanges } from './known-ranges.ts';
import { outbox, type Outbox } from './outbox.ts';
import { queue, type Queue } from './queue.ts';
import { radarMemory, type RadarMemory } from './radar-memory.ts';
import { restorePlans, type RestorePlans } from './restore-plans.ts';
import { restores, type Restores } from './restores.ts';
import { schedules, type Schedules } from './schedules.ts';
import { scrubs, type Scrubs } from './scrubs.ts';
import { storeContents, type StoreContents } from './store-contents.ts';
import { storeTests, type StoreTests } from './store-tests.ts';
import { jointRuns, type JointRuns } from './joint-runs.ts';
import { stores, type StoreRows } from './stores.ts';
import { tableFigures, type TableFiguresOfBackups } from './table-figures.ts';
import { tokens, type Tokens } from './tokens.ts';
import { verifications, type Verifications } from './verifications.ts';

/** Our tables: one repository each, and the making of them. */
export interface Catalog {
  readonly schema: string;
  readonly pool: Pool;
  readonly backups: Backups;
  readonly restores: Restores;
  readonly restorePlans: RestorePlans;
  readonly committing: CommittingRestores;
  readonly keptRows: KeptRowsOfRestores;
  readonly verifications: Verifications;
  readonly copies: Copies;
  readonly scrubs: Scrubs;
  readonly checks: StoreContents;
  readonly imports: StoreContents;
  readonly knownRanges: KnownRanges;
  readonly drills: Drills;
  readonly jointRuns: JointRuns;
  readonly queue: Queue;
  readonly schedules: Schedules;
  readonly cleanupLog: CleanupLog;
  readonly events: Events;
  readonly stores: StoreRows;
  readonly storeTests: StoreTests;
  readonly tableFigures: TableFiguresOfBackups;
  readonly radarMemory: RadarMemory;
  readonly findings: Findings;
  readonly announcements: Announcements;
  readonly endedSessions: EndedSessions;
  readonly tokens: Tokens;
  readonly channels: Channels;
  readonly outbox: Outbox;
  readonly audit: Audit;
  readonly approvals: Approvals;
  readonly enrolled: EnrolledDatabases;
  /** See readiness.ts. */
  isInitialized(): Promise<boolean>;
  initialize(): Promise<Initialized>;
  /** See own-objects.ts. */
  ownObjects(): Promise<OwnObjects>;
}

/** @param source the protected database, where our tables are not in it */
export function openCatalog(pool: Pool, schema: string, source: Pool = pool): Catalog {
  const proven: Proven = { signature: null };
  const ready = (): Promise<boolean> => isInitialized(pool, schema, proven);
  return {
    schema,
    pool,
    backups: backups(pool, schema),
    restores: restores(pool, schema),
    restorePlans: restorePlans(pool, schema),
    committing: committingRestores(pool, schema),
    keptRows: keptRows(pool, schema),
    verifications: verifications(pool, schema),
    copies: copies(pool, schema),
    scrubs: scrubs(pool, schema),
    checks: storeContents(pool, schema, 'check'),
    imports: storeContents(pool, schema, 'import'),
    knownRanges: knownRanges(pool, schema),
    drills: drills(pool, schema),
    jointRuns: jointRuns(pool, schema, source),
    queue: queue(pool, schema),
    schedules: schedules(pool, schema),
    cleanupLog: cleanupLog(pool, schema),
    events: events(pool, schema),
    stores: stores(pool, schema),
    storeTests: storeTests(pool, schema),
    tableFigures: tableFigures(pool, schema),
    radarMemory: radarMemory(schema),
    findings: findings(pool, schema),
    announcements: announcements(pool, schema),
    endedSessions: endedSessions(pool, schema, ready),
    tokens: tokens(pool, schema, ready),
    channels: channels(pool, schema),
    outbox: outbox(pool, schema),
    audit: audit(pool, schema),
    approvals: approvals(pool, schema),
    enrolled: enrolledDatabases(pool, schema),
    isInitialized: ready,
    initialize: () => initialize(pool, schema),
    ownObjects: () => readOwnObjects(source, source === pool ? schema : null),
  };
}
