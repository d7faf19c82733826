// One line for each file with operations; what such a file exports is an operation, or an endpoint without a method.
export * from './backups.ts';
export * from './cleanups.ts';
export * from './events.ts';
export * from './openapi.ts';
export * from './restores.ts';
export * from './schedules.ts';
export * from './session.ts';
export * from './system.ts';
export * from './tables.ts';
export * from './verifications.ts';
