import { Stack, Switch } from '@mantine/core';
import { useStores } from '../data/queries.ts';
import { configuredCopies, hasRules, withEntry, type ScheduleCopies } from './schedule-copies.ts';
import { rulesOf, ruleProblemsOf, type RetentionDraft } from './retention-draft.ts';
import { RetentionForm } from './retention-form.tsx';
import classes from './retention-form.module.css';

interface Props {
  draft: RetentionDraft;
  /** Where the backups of the schedule are written; null for where it is configured. */
  store: string | null;
  change: (changes: Partial<RetentionDraft>) => void;
}

/** How long copies are kept in each of the stores that the schedule copies to. */
export function CopyRetention({ draft, store, change }: Props) {
  const { data: stores = [] } = useStores();
  const written = store ?? stores.find(({ role }) => role === 'written')?.name;
  const configured = configuredCopies(stores).filter((name) => name !== written);
  const copies: NonNullable<ScheduleCopies> = draft.copyTo ?? configured.map((name) => ({ store: name }));
  return copies.map((copy) => {
    const own = hasRules(copy);
    const set = (rules: object): void =>
      change({ copyTo: withEntry(draft.copyTo, configured, { store: copy.store, ...rules }) });
    return (
      <fieldset key={copy.store} className={classes.store}>
        <legend>Copies in {copy.store}</legend>
        <Stack gap="lg">
          <Switch
            label={`Rules of its own in ${copy.store}`}
            description={own ? undefined : 'Off: what the rules above keep is kept there too'}
            checked={own}
            onChange={(event) => set(event.currentTarget.checked ? rulesOf(draft) : {})}
          />
          {own ? (
            <RetentionForm
              rules={rulesOf(copy)}
              problems={ruleProblemsOf(copy)}
              change={(changes) => set({ ...rulesOf(copy), ...changes })}
            />
          ) : null}
        </Stack>
      </fieldset>
    );
  });
}
