/*
 * operations/ owns what the system can do: each operation with its endpoints, one file per subject. It never decides who
 * may do it, and never checks a scope, an argument or a request itself.
 *
 * One line here for each file. What such a file exports is an operation, or an endpoint without a method on `system.api`.
 */
export * from './approvals.ts';
export * from './audit.ts';
export * from './backups.ts';
export * from './channels.ts';
export * from './cleanups.ts';
export * from './copies.ts';
export * from './databases.ts';
export * from './diff.ts';
export * from './drills.ts';
export * from './events.ts';
export * from './findings.ts';
export * from './globals.ts';
export * from './look.ts';
export * from './openapi.ts';
export * from './monitoring.ts';
export * from './points.ts';
export * from './query.ts';
export * from './restores.ts';
export * from './schedules.ts';
export * from './scrubs.ts';
export * from './session.ts';
export * from './sign-in.ts';
export * from './store-contents.ts';
export * from './stores.ts';
export * from './system.ts';
export * from './tables.ts';
export * from './tokens.ts';
export * from './verifications.ts';
