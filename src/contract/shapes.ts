/*
 * contract/ owns every shape and name that crosses a boundary: requests, answers, states, plans, reports, as zod
 * schemas and types. It never does anything: no SQL, no HTTP, no rule of the engine.
 */
/** Every shape that crosses the boundary of the system, by name. Types only: loading it runs nothing. */
export type * from './approval.ts';
export type * from './audit.ts';
export type * from './backup.ts';
export type * from './channel.ts';
export type * from './chosen-rows.ts';
export type * from './chosen-tenant.ts';
export type * from './cleanup.ts';
export type * from './certificate.ts';
export type * from './copy.ts';
export type * from './database.ts';
export type * from './diff.ts';
export type * from './drill.ts';
export type * from './event.ts';
export type * from './finding.ts';
export type * from './globals.ts';
export type * from './globals-contents.ts';
export type * from './look.ts';
export type * from './identity.ts';
export type * from './health.ts';
export type * from './lost-rows.ts';
export type * from './notice.ts';
export type * from './point.ts';
export type * from './probe.ts';
export type * from './progress.ts';
export type * from './query.ts';
export type * from './recovery.ts';
export type * from './restore.ts';
export type * from './restore-order.ts';
export type * from './row-history.ts';
export type * from './schedule.ts';
export type * from './scrub.ts';
export type * from './session.ts';
export type * from './status-figures.ts';
export type * from './store.ts';
export type * from './store-contents.ts';
export type * from './store-test.ts';
export type * from './system.ts';
export type * from './table.ts';
export type * from './token.ts';
export type * from './undo.ts';
export type * from './verification.ts';
