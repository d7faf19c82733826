/** Every shape that crosses the boundary of the system, by name. Types only: loading it runs nothing. */
export type * from './backup.ts';
export type * from './cleanup.ts';
export type * from './event.ts';
export type * from './progress.ts';
export type * from './restore.ts';
export type * from './schedule.ts';
export type * from './session.ts';
export type * from './system.ts';
export type * from './table.ts';
export type * from './verification.ts';
