// One line for each file with routes; what such a file exports is a route.
export * from './backups.ts';
export * from './cleanups.ts';
export * from './events.ts';
export * from './restores.ts';
export * from './schedules.ts';
export * from './session.ts';
export * from './system.ts';
export * from './tables.ts';
export * from './verifications.ts';
