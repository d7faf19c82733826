import { nodeProblem, oldestNode } from '../../base/runtime.ts';
import { fail, ok, type Check } from './check.ts';

/** The Node that runs this. */
export function checkRuntime(version = process.versions.node): Check {
  const problem = nodeProblem(version);
  if (problem === null) return ok('node', `Node ${version}`);
  return fail('node', 'INVALID_CONFIGURATION', problem, `Use Node ${oldestNode} or later.`);
}
