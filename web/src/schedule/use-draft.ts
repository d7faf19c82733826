import { useMemo, useState } from 'react';

interface Drafted<Draft> {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  changed: boolean;
  /** Somebody saved something else while this was being edited. */
  overtaken: boolean;
  /** Back to what is saved. */
  discard: () => void;
}

/**
 * What somebody makes of something saved, until they save it themselves. As long as nothing is edited, it is what is
 * saved, whoever saved it.
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
