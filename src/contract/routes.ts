import * as backups from './routes/backups.ts';
import * as cleanups from './routes/cleanups.ts';
import * as events from './routes/events.ts';
import * as restores from './routes/restores.ts';
import * as schedules from './routes/schedules.ts';
import * as session from './routes/session.ts';
import * as system from './routes/system.ts';
import * as tables from './routes/tables.ts';
import * as verifications from './routes/verifications.ts';

/** Every call of the HTTP API. What a file of `routes/` exports is a route. */
export const routes = {
  ...session,
  ...system,
  ...backups,
  ...tables,
  ...schedules,
  ...cleanups,
  ...restores,
  ...verifications,
  ...events,
};

export type Routes = typeof routes;

type AddressOf<R> = R extends { method: infer Method extends string; path: infer Path extends string }
  ? `${Method} ${Path}`
  : never;

/** `POST /backup/{id}/pin`: the method and the path of a route. */
export type Address = AddressOf<Routes[keyof Routes]>;

/** The route at an address. */
export type RouteAt<A extends Address> = {
  [Name in keyof Routes]: A extends AddressOf<Routes[Name]> ? Routes[Name] : never;
}[keyof Routes];
