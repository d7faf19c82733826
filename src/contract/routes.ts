import * as routes from './routes/all.ts';

/** Every call of the HTTP API. */
export { routes };
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
