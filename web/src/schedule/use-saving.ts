import { useMutation, useQueryClient } from '@tanstack/react-query';
import { client, type Schedule, type ScheduleBody } from '../data/client.ts';
import { keys } from '../data/keys.ts';

/**
 * Saves changes of what is `shown`. If it was saved elsewhere meanwhile, that is shown first and nothing is saved, so that
 * saving again overwrites only what has been seen.
 */
export function useSaving(shown: Schedule, onSaved: () => void) {
  const queries = useQueryClient();
  return useMutation({
    async mutationFn(changes: ScheduleBody): Promise<'saved' | 'overtaken'> {
      const latest = await client.getSchedule();
      const overtaken = latest.updatedAt !== shown.updatedAt;
      queries.setQueryData(keys.schedule, overtaken ? latest : await client.updateSchedule(changes));
      return overtaken ? 'overtaken' : 'saved';
    },
    async onSuccess(outcome) {
      if (outcome === 'overtaken') return;
      onSaved();
      await queries.invalidateQueries({ queryKey: keys.schedule });
      await queries.invalidateQueries({ queryKey: keys.status });
    },
  });
}
