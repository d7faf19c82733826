import { requireTables } from '../with-tables.ts';
import { version } from '../../base/package.ts';
import {
  certificateFormat,
  drillLevels,
  type CertificateStatement,
  type DrillCause,
  type DrilledCheck,
  type DrilledLevel,
  type DrilledTable,
  type DrillLevel,
  type Verdict,
} from '../../contract/certificate.ts';
import { phaseClock } from '../progress/phase-clock.ts';
import type { DrillRequest, DrillWork } from './drill.ts';
import type { Judgement } from './judgement.ts';
import type { ScratchServer } from '../scratch/scratch-server.ts';

/** How many problems of a level are listed. */
const listedProblems = 100;

/** What a drill has found so far. */
export interface Findings {
  lap(phase: string): void;
  server(scratch: ScratchServer): void;
  /** @param sentences that say how the scratch server or database differs from the source's */
  unlike(...sentences: string[]): void;
  /** Whether the scratch server is like the source's, so that what fails there would fail here. */
  isAlike(): boolean;
  /** Whether something of the backup itself is being restored or compared. */
  isUnderWay(): boolean;
  remark(...sentences: string[]): void;
  /**
   * Does what a level is about. @param work gives what is wrong, in sentences; @param any whether the backup has any of it
   * @throws what the work throws
   */
  level(level: DrillLevel, work: () => Promise<string[]>, any?: boolean): Promise<void>;
  tables(tables: DrilledTable[]): void;
  checks(checks: DrilledCheck[]): void;
  /** @param ms from the empty database to the whole one */
  restored(ms: number): void;
  /** The server was not there all the time, so that what it lacks says nothing about the backup. */
  unreliable(): void;
  /** The drill ended before it was through. */
  ended(judgement: Judgement): void;
  statement(uuid: string, startedAt: Date, finishedAt: Date): CertificateStatement;
}

export function findings(request: DrillRequest, { manifest, headerHash, store }: DrillWork): Findings {
  const clock = phaseClock();
  const levels = new Map<DrillLevel, DrilledLevel>();
  const remarks: string[] = [];
  let tables: DrilledTable[] = [];
  let checks: DrilledCheck[] = [];
  let restoreMs: number | null = null;
  let ended: Judgement | undefined;
  let current: DrillLevel | undefined;
  let differs = false;
  let unreliable = false;
  let server: Pick<ScratchServer, 'version' | 'major' | 'systemIdentifier'> | undefined;

  const sourceMajor = Math.floor(manifest.source.serverVersionNum / 10_000);
  const isAlike = (): boolean => server?.major === sourceMajor && !differs;
  const put = (level: DrillLevel, outcome: DrilledLevel['outcome'], problems: string[]): void => {
    levels.set(level, { level, outcome, problems: problems.slice(0, listedProblems) });
  };
  /** Another version may write the same rows and definitions differently; how many rows there are is the same everywhere. */
  const outcomeOf = (level: DrillLevel): Verdict =>
    level === 'rows' &&
    server?.major !== sourceMajor &&
    tables.every((each) => each.rowsInBackup === each.rowsRestored)
      ? 'inconclusive'
      : 'failed';

  function conclude(): { verdict: Verdict; cause: DrillCause | null } {
    const all = [...levels.values()];
    if (unreliable) {
      const message = 'The scratch server crashed, was restarted, or ended our connections during the drill.';
      return { verdict: 'inconclusive', cause: { code: 'DRILL_INCONCLUSIVE', message } };
    }
    const bad = all.find(({ outcome }) => outcome === 'failed');
    if (bad) {
      if (ended?.verdict === 'failed') return ended;
      return { verdict: 'failed', cause: { code: 'DRILL_FAILED', message: summary(bad) } };
    }
    if (ended) return ended;
    const open = all.find(({ outcome }) => outcome === 'inconclusive');
    if (open)
      return { verdict: 'inconclusive', cause: { code: 'DRILL_INCONCLUSIVE', message: summary(open) } };
    return { verdict: 'passed', cause: null };
  }

  return {
    lap: (phase) => clock.lap(phase),
    server: (scratch) => void (server = scratch),
    unlike(...sentences) {
      differs ||= sentences.length > 0;
      remarks.push(...sentences);
    },
    isAlike,
    isUnderWay: () => current !== undefined,
    remark: (...sentences) => void remarks.push(...sentences),
    async level(level, work, any = true) {
      if (!any) return put(level, 'nothing to do', []);
      current = level;
      const problems = await work();
      put(level, problems.length === 0 ? 'passed' : outcomeOf(level), problems);
      current = undefined;
    },
    tables: (found) => void (tables = found),
    checks(found) {
      checks = found;
      const problems = found.flatMap(({ name, problem }) =>
        problem === null ? [] : [`${name}: ${problem}`],
      );
      const worst = (['failed', 'inconclusive'] as const).find((outcome) =>
        found.some((each) => each.outcome === outcome),
      );
      put('checks', worst ?? 'passed', problems);
    },
    restored: (ms) => void (restoreMs = ms),
    unreliable: () => void (unreliable = true),
    ended(judgement) {
      ended = judgement;
      if (current) put(current, judgement.verdict, [judgement.cause.message]);
    },
    statement(uuid, startedAt, finishedAt) {
      const unreached = ended ? 'not reached' : 'nothing to do';
      const { source, snapshot, totals } = manifest;
      return {
        format: certificateFormat,
        uuid,
        ...conclude(),
        startedAt: startedAt.toISOString(),
        finishedAt: finishedAt.toISOString(),
        backup: {
          uuid: manifest.uuid,
          format: manifest.format,
          type: requireTables(manifest),
          snapshotAt: snapshot.at,
          snapshotLsn: snapshot.lsn,
          database: source.database,
          systemIdentifier: source.systemIdentifier,
          serverVersion: source.serverVersion,
          headerHash,
          tables: totals.tables,
          rows: totals.rows,
          rawBytes: totals.rawBytes,
          storedBytes: totals.storedBytes,
        },
        store: { id: store.keys.id ?? null, encrypted: store.keys.sealed },
        server: {
          kind: request.target.kind,
          version: server?.version ?? null,
          systemIdentifier: server?.systemIdentifier ?? null,
        },
        software: { holdfast: version, node: process.version },
        levels: drillLevels.map((level) => levels.get(level) ?? { level, outcome: unreached, problems: [] }),
        tables,
        checks,
        remarks,
        phases: Object.entries(clock.phases).map(([phase, ms]) => ({ phase, ms })),
        restoreMs,
      };
    },
  };
}

function summary({ level, problems }: DrilledLevel): string {
  const [first = `The level ${level} was not passed.`] = problems;
  return problems.length > 1 ? `${first} And ${problems.length - 1} more.` : first;
}
