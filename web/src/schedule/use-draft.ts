import { useMemo, useState } from 'react';

interface Drafted<Draft> {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  changed: boolean;
  /** It was saved elsewhere while it was being edited here. */
  overtaken: boolean;
  /** Discards the changes. */
  discard: () => void;
}

/**
 * An edited copy of saved settings, until it is saved. While nothing is edited, it follows the saved settings, also when
 * they are saved elsewhere.
 */
export function useDraft<Saved extends { updatedAt: string | null }, Draft extends object>(
  saved: Saved,
  draftOf: (saved: Saved) => Draft,
  isSame: (left: Draft, right: Draft) => boolean,
): Drafted<Draft> {
  const [edited, setEdited] = useState<{ draft: Draft; from: Saved } | null>(null);
  const unedited = useMemo(() => draftOf(saved), [saved, draftOf]);
  const draft = edited?.draft ?? unedited;
  return {
    draft,
    change: (changes) =>
      setEdited((before) => ({
        draft: { ...(before?.draft ?? unedited), ...changes },
        from: before?.from ?? saved,
      })),
    changed: edited !== null && !isSame(edited.draft, unedited),
    overtaken:
      edited !== null && edited.from.updatedAt !== saved.updatedAt && !isSame(edited.draft, unedited),
    discard: () => setEdited(null),
  };
}
