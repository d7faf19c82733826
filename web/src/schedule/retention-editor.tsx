import { useDebouncedValue } from '@mantine/hooks';
import type { Schedule } from '../data/client.ts';
import { useNotice } from '../parts/notices.tsx';
import { Panel } from '../parts/panel.tsx';
import { useRetentionPreview } from './queries.ts';
import { CleanUpNow } from './cleanup-now.tsx';
import { CopyRetention } from './copy-retention.tsx';
import { RetentionForm } from './retention-form.tsx';
import { RetentionOutlook } from './retention-outlook.tsx';
import {
  hasProblems,
  isSamePolicy,
  retentionDraftOf,
  ruleProblemsOf,
  type RetentionDraft,
} from './retention-draft.ts';
import { SaveBar } from './save-bar.tsx';
import { useDraft } from './use-draft.ts';
import { useSaving } from './use-saving.ts';

const typingMs = 250;

/** The retention policy, and what it means for the existing backups. */
export function RetentionEditor({ schedule }: { schedule: Schedule }) {
  const { draft, change, changed, overtaken, discard } = useDraft(schedule, retentionDraftOf, isSamePolicy);
  const [asked] = useDebouncedValue(draft, typingMs);
  const wrong = hasProblems(asked);
  const preview = useRetentionPreview(wrong ? null : asked);
  const tell = useNotice();
  const saving = useSaving(schedule, () => {
    tell('The retention policy is saved. It takes effect after the next scheduled backup.');
    discard();
  });
  const edit = (changes: Partial<RetentionDraft>): void => {
    saving.reset();
    change(changes);
  };
  return (
    <>
      <Panel title="Rules">
        <RetentionForm rules={draft} problems={ruleProblemsOf(draft)} change={edit} />
        <CopyRetention draft={draft} store={schedule.store} change={edit} />
        <SaveBar
          changed={changed}
          blocked={hasProblems(draft)}
          overtaken={overtaken}
          saving={saving.isPending}
          error={saving.error}
          label="Save the retention policy"
          save={() => saving.mutate(draft)}
          discard={discard}
        />
      </Panel>
      <Panel
        title={changed ? 'What this policy would keep' : 'What this policy keeps'}
        actions={changed ? null : <CleanUpNow />}
      >
        <RetentionOutlook
          preview={preview}
          timezone={schedule.timezone}
          stale={asked !== draft || preview.isPlaceholderData || wrong}
        />
      </Panel>
    </>
  );
}
