import type { z } from 'zod';
import type { NeededScope } from '../contract/scopes.ts';
import type { Caller } from './auth/caller.ts';
import type { ApiContext } from './context.ts';
import type { BackupApi } from './contract.ts';
import type { Endpoint } from './endpoint.ts';
import type { RunAccess } from './run-access.ts';
import type { Guarded } from './second-actor.ts';

/** What an operation works with, and who asks for it. */
export interface Work extends ApiContext {
  readonly runs: RunAccess;
  readonly caller: Caller;
}

export type OperationName = Exclude<keyof BackupApi, 'on'>;

/** Something the system can do: the method of `system.api` and its endpoints. */
export interface Operation<Name extends OperationName = OperationName> {
  readonly name: Name;
  /** A schema for each argument of the method. */
  readonly takes: readonly z.ZodType[];
  /** What it does that may need a second actor; undefined where it does no such thing. Gets the arguments as `run` does. */
  readonly guard?: ((work: Work, ...values: unknown[]) => Awaitable<Guarded | undefined>) | undefined;
  /** Gets the arguments as the schemas have made them. */
  run(work: Work, ...values: unknown[]): Promise<unknown>;
  readonly endpoints: readonly Endpoint[];
  readonly scope: NeededScope;
  /** Whether it is refused with NOT_INITIALIZED until our tables exist. */
  readonly needsTables: boolean;
}

type Awaitable<T> = T | Promise<T>;

type Outputs<Takes extends readonly z.ZodType[]> = {
  -readonly [Place in keyof Takes]: z.output<Takes[Place]>;
};

/** `Takes`, if there is one schema for each argument of the method and it accepts what the method accepts. */
type Accepting<
  Takes extends readonly z.ZodType[],
  Given extends readonly unknown[],
> = Takes['length'] extends Required<Given>['length']
  ? {
      [Place in keyof Takes]: Place extends keyof Given
        ? Given[Place] extends z.input<Takes[Place]>
          ? Takes[Place]
          : never
        : never;
    }
  : never;

/**
 * Defines an operation. The compiler compares it with the method of its name in BackupApi, which has the documentation. Its
 * scope, and whether it needs our tables, are those of its first route; without one, it needs them, and is for admins unless a
 * scope is given.
 */
export function operation<Name extends OperationName, const Takes extends readonly z.ZodType[]>(given: {
  name: Name;
  takes: Takes & Accepting<Takes, Parameters<BackupApi[Name]>>;
  run: (work: Work, ...values: Outputs<Takes>) => ReturnType<BackupApi[Name]>;
  guard?: (work: Work, ...values: Outputs<Takes>) => Awaitable<Guarded | undefined>;
  endpoints?: readonly Endpoint[];
  /** Of an operation whose endpoint is that of another one. */
  scope?: NeededScope;
}): Operation<Name> {
  const { name, takes, run, guard, endpoints = [] } = given;
  const { scope = given.scope ?? 'admin', needsTables = true } = endpoints[0]?.route ?? {};
  return {
    name,
    takes,
    run: run as Operation['run'],
    guard: guard as Operation['guard'],
    endpoints,
    scope,
    needsTables,
  };
}
