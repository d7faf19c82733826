/*
 * routes/ owns the calls of the HTTP API: method, path, scope, what each takes and answers. It never calls an operation, so
 * that the client can take its types from here.
 *
 * One line here for each file. What such a file exports is a route.
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
export * from './monitoring.ts';
export * from './points.ts';
export * from './query.ts';
export * from './restores.ts';
export * from './schedules.ts';
export * from './scrubs.ts';
export * from './session.ts';
export * from './store-contents.ts';
export * from './stores.ts';
export * from './system.ts';
export * from './tables.ts';
export * from './tokens.ts';
export * from './verifications.ts';
