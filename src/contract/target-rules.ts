import type { z } from 'zod';
import type { Ownership } from './ownership.ts';

interface Targeted {
  restoreType: string;
  target: { mode: string };
  targetUrl?: string | undefined;
  owners: boolean;
  ownership?: Ownership | undefined;
  extensionVersions: 'newest' | 'same';
}

/** The rules between where a restore goes and what becomes of roles and extensions there, for `superRefine`. */
export function targetRules(body: Targeted, context: z.RefinementCtx): void {
  const issue = (field: keyof Targeted, message: string): void =>
    context.addIssue({ code: 'custom', path: [field], message });
  const { target, targetUrl, owners, ownership, extensionVersions } = body;
  if (targetUrl !== undefined && target.mode !== 'in-place') {
    issue('target', 'cannot be combined with targetUrl, which names the database');
  }
  if (targetUrl !== undefined && body.restoreType === 'rows')
    issue('targetUrl', 'rows are put back in place');
  if (!owners && ownership !== undefined && ownership !== 'skip') {
    issue('ownership', 'cannot be combined with owners: false, which is the same as "skip"');
  }
  if (target.mode !== 'in-place' || targetUrl !== undefined) return;
  if (typeof ownership === 'object') {
    issue('ownership', 'maps roles only into a new database; in place the roles are those of the live one');
  }
  if (extensionVersions === 'same') {
    issue('extensionVersions', 'is only for a new database; in place the live extensions stay as they are');
  }
}
