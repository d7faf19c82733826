import type { Endpoint } from './endpoint.ts';
import type { Operation, OperationName } from './operation.ts';
import * as all from './operations/all.ts';

type Listed = (typeof all)[keyof typeof all];
type Missing = Exclude<OperationName, Extract<Listed, Operation>['name']>;
/** A method of BackupApi without an operation does not compile. */
const complete: Missing extends never ? true : Missing = true;

const listed: readonly (Operation | Endpoint)[] = complete ? Object.values<Listed>(all) : [];

export const operations: readonly Operation[] = listed.filter((each) => 'name' in each);

/** Everything the HTTP API answers: that of the operations, and what has no method on `system.api`. */
export const endpoints: readonly Endpoint[] = listed.flatMap((each) =>
  'name' in each ? each.endpoints : [each],
);

const byEndpoint = new Map(operations.flatMap((each) => each.endpoints.map((endpoint) => [endpoint, each])));

/** What an endpoint does; undefined for what has no method on `system.api`. */
export function operationOf(endpoint: Endpoint): Operation | undefined {
  return byEndpoint.get(endpoint);
}
