import { HoldfastError } from '../../base/errors.ts';
import { optionsSchema } from '../../settings.ts';
import type { Invocation } from '../invocation.ts';
import { givenTo } from '../system.ts';

/** Connections that move data in parallel: as given, or as the configuration says. @throws INVALID_CONFIGURATION */
export async function jobsOf(invocation: Invocation, jobs: number | undefined): Promise<number> {
  const result = optionsSchema.shape.jobs.safeParse(jobs ?? (await givenTo(invocation)).jobs);
  if (result.success) return result.data;
  throw new HoldfastError('INVALID_CONFIGURATION', 'jobs: must be a whole number from 1 to 64');
}
