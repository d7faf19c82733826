import { useDebouncedValue } from '@mantine/hooks';
import { ApiError, type Schedule } from '../data/client.ts';
import { EmptyState, ErrorNote } from '../parts/notes.tsx';
import { useNotice } from '../parts/notices.tsx';
import { Panel } from '../parts/panel.tsx';
import { NextRuns } from './next-runs.tsx';
import { Outcomes } from './outcomes.tsx';
import { useRuns } from './queries.ts';
import { SaveBar } from './save-bar.tsx';
import classes from './schedule-editor.module.css';
import { ScheduleForm } from './schedule-form.tsx';
import {
  draftOf,
  fieldProblems,
  isSameDraft,
  missingFrom,
  scheduleBodyOf,
  type ScheduleDraft,
} from './schedule-draft.ts';
import { useDraft } from './use-draft.ts';
import { useSaving } from './use-saving.ts';

/** Wait until typing pauses. */
const typingMs = 250;

/** The schedule, and its next runs. */
export function ScheduleEditor({ schedule }: { schedule: Schedule }) {
  const { draft, change, changed, overtaken, discard } = useDraft(schedule, draftOf, isSameDraft);
  const [asked] = useDebouncedValue(draft, typingMs);
  const incomplete = Object.keys(missingFrom(asked)).some((field) => field !== 'tables');
  const runs = useRuns(incomplete ? null : timesOf(asked));
  const tell = useNotice();
  const saving = useSaving(schedule, () => {
    tell('The schedule is saved.');
    discard();
  });
  const problems = { ...fieldProblems(runs.error), ...fieldProblems(saving.error) };
  return (
    <>
      <div className={classes.columns}>
        <div>
          <Panel title="Schedule">
            <ScheduleForm
              draft={draft}
              change={(changes) => {
                saving.reset();
                change(changes);
              }}
              problems={problems}
            />
            <SaveBar
              changed={changed}
              blocked={Object.keys(missingFrom(draft)).length > 0}
              overtaken={overtaken}
              saving={saving.isPending}
              error={saving.error}
              label="Save the schedule"
              save={() => saving.mutate(scheduleBodyOf(draft))}
              discard={discard}
            />
          </Panel>
        </div>
        <Panel title={`Next runs in ${draft.timezone}`}>
          <Preview
            draft={draft}
            runs={runs}
            stale={asked !== draft || runs.isPlaceholderData || incomplete}
          />
        </Panel>
      </div>
      <Outcomes outcomes={runs.data?.outcomes ?? []} />
    </>
  );
}

/** Only the fields that affect times; choosing a table loads no preview. */
function timesOf(draft: ScheduleDraft) {
  const { frequency, time, dayOfWeek, dayOfMonth, cron, timezone } = scheduleBodyOf(draft);
  return { frequency, time, dayOfWeek, dayOfMonth, cron, timezone };
}

interface PreviewProps {
  draft: ScheduleDraft;
  runs: ReturnType<typeof useRuns>;
  stale: boolean;
}

function Preview({ draft, runs, stale }: PreviewProps) {
  // Errors of a field are shown at the field.
  if (runs.error && !(runs.error instanceof ApiError && runs.error.code === 'INVALID_REQUEST')) {
    return <ErrorNote error={runs.error} retry={() => void runs.refetch()} />;
  }
  if (!runs.data) {
    return (
      <EmptyState title={runs.isFetching ? 'Calculating …' : 'Nothing to show yet'}>
        The next twenty runs appear here as you type.
      </EmptyState>
    );
  }
  return <NextRuns runs={runs.data.runs} enabled={draft.enabled} stale={stale || runs.error !== null} />;
}
