import { HoldfastError } from '../../base/errors.ts';
import { optionsSchema } from '../../settings.ts';

/** Connections that move data in parallel: as given, or as HOLDFAST_JOBS says. @throws INVALID_CONFIGURATION */
export function jobsOf(jobs: number | undefined): number {
  const given = process.env['HOLDFAST_JOBS']?.trim();
  const result = optionsSchema.shape.jobs.safeParse(jobs ?? (given ? Number(given) : undefined));
  if (result.success) return result.data;
  throw new HoldfastError('INVALID_CONFIGURATION', 'jobs: must be a whole number from 1 to 64');
}
