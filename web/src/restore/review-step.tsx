import { wayBackSentence } from '../../../src/contract/undo-words.ts';
import { Button, Group, List, Stack, Text, TextInput } from '@mantine/core';
import { useId, useState, type FormEvent } from 'react';
import type { RestoreOutlook, RestorePlan } from '../data/client.ts';
import { counted } from '../format/numbers.ts';
import { useDatabaseName } from '../data/databases.ts';
import { AnswersForm } from './answers-form.tsx';
import { Note } from '../parts/notes.tsx';
import { ConflictChoice, ParentsChoice, PlannedRowsTable, sumsOf } from '../parts/planned-rows.tsx';
import { PlanView } from './plan-view.tsx';
import { figuresOf, planSentences } from './plan-words.ts';
import { refusalNotes, type Offer, type RefusalNote } from './refusals.ts';
import { RolesForm } from './roles-form.tsx';
import { isInPlace, type WizardState } from './wizard-state.ts';

interface Props {
  plan: RestoreOutlook;
  state: WizardState;
  /** The live database; what has to be typed. */
  live: string;
  suggestion: string;
  change: (changes: Partial<WizardState>) => void;
  start: () => void;
  starting: boolean;
}

/** The plan in sentences, and the button that starts the restore. */
export function ReviewStep({ plan, state, live, suggestion, change, start, starting }: Props) {
  const { owners, sameVersions, customer } = state;
  const refusals = refusalNotes(plan, {
    owners,
    sameVersions,
    adapting: state.adapt !== null,
    replacing: state.replace !== null,
  });
  const { found, written } = sumsOf(plan);
  const nothing = plan.rows !== undefined && written === 0;
  const ways = {
    replace: { label: 'Bring the tables back as they were', changes: { replace: 'replace' } },
    'drop-new': { label: 'Drop what came since', changes: { replace: 'drop-new' } },
    adapt: { label: 'Adapt the rows', changes: { adapt: [], replace: null } },
    'new-database': {
      label: 'Restore into a new database',
      changes: { database: suggestion, schema: undefined },
    },
    'other-database': {
      label: 'Confirm: this is the right backup',
      changes: { otherDatabase: true },
    },
    'without-owners': { label: 'Restore without owners', changes: { owners: false, roles: {} } },
    'without-extensions': {
      label: 'Restore without them',
      changes: { withoutExtensions: [...state.withoutExtensions, ...plan.missingExtensions] },
    },
    'newest-versions': { label: 'Use the newest versions', changes: { sameVersions: false } },
    'default-tablespace': {
      label: 'Use the default tablespace',
      changes: { defaultTablespace: true },
    },
    'other-address': { label: 'Change the address', changes: { step: 'target' } },
    'skip-conflicts': {
      label: 'Leave them as they are',
      changes: { customer: customer && { ...customer, onConflict: 'skip' } },
    },
    'overwrite-conflicts': {
      label: 'Make them as in the backup',
      changes: { customer: customer && { ...customer, onConflict: 'overwrite' } },
    },
  } satisfies Record<Offer, { label: string; changes: Partial<WizardState> }>;
  return (
    <Stack gap="lg">
      {refusals.map((refusal) => (
        <RefusalNotice
          key={refusal.title}
          refusal={refusal}
          ways={refusal.offers.map((offer) => ({
            label: ways[offer].label,
            take: () => change(ways[offer].changes),
          }))}
        />
      ))}
      {!isInPlace(state) && owners && (
        <RolesForm uses={plan.missingRoleUses} roles={state.roles} change={(roles) => change({ roles })} />
      )}
      {state.adapt !== null && isInPlace(state) && (
        <AnswersForm
          tables={plan.tables.map(({ table }) => table)}
          answers={state.adapt}
          change={(adapt) => change({ adapt })}
        />
      )}
      {refusals.length === 0 && nothing && (
        <NothingToDo found={found} plan={plan} chooseBackup={() => change({ step: 'backup' })} />
      )}
      {refusals.length === 0 && !nothing && (
        <Stack gap={4} maw={720}>
          {planSentences(plan, live).map((sentence) => (
            <Text key={sentence}>{sentence}</Text>
          ))}
          <Text>{undoSentence(state, plan)}</Text>
        </Stack>
      )}
      {customer !== null && (
        <Stack gap="sm">
          <ParentsChoice
            value={customer.withParents}
            onChange={(withParents) => change({ customer: { ...customer, withParents } })}
          />
          {customer.onConflict !== 'fail' && (
            <ConflictChoice
              value={customer.onConflict}
              onChange={(onConflict) => change({ customer: { ...customer, onConflict } })}
            />
          )}
        </Stack>
      )}
      {nothing && refusals.length === 0 ? (
        <PlannedRowsTable planned={found === 0 ? [] : (plan.rows ?? [])} />
      ) : (
        <PlanView plan={plan} />
      )}
      {refusals.length === 0 && !nothing && (
        <Confirmation plan={plan} live={live} start={start} starting={starting} />
      )}
    </Stack>
  );
}

interface NothingToDoProps {
  /** How many such rows the backup has. */
  found: number;
  plan: RestoreOutlook;
  chooseBackup: () => void;
}

function NothingToDo({ found, plan, chooseBackup }: NothingToDoProps) {
  const older = (
    <Button size="xs" variant="default" onClick={chooseBackup}>
      Choose an older backup
    </Button>
  );
  return found === 0 ? (
    <Note tone="warn" title="The backup has no such rows" action={older}>
      Check what was typed, or choose a backup from before they were gone. Nothing was changed.
    </Note>
  ) : (
    <Note
      tone="good"
      title="These rows are as in the backup already: there is nothing to restore"
      action={older}
    >
      {plan.rows?.some(({ skipped }) => skipped > 0)
        ? 'Those with other values stay as they are, as chosen. '
        : null}
      What is still missing was gone before this backup was taken: an older one may have it.
    </Note>
  );
}

function undoSentence(state: WizardState, plan: RestorePlan): string {
  if (plan.rows) return wayBackSentence(plan.wayBack ?? null);
  const { replaced } = figuresOf(plan);
  if (plan.target.mode === 'new-database' || replaced.length === 0) {
    return 'No existing row is lost.';
  }
  return state.safetyBackup
    ? 'Holdfast backs up what it replaces first, so this can be undone.'
    : 'No safety backup is taken: what is replaced cannot be recovered.';
}

interface RefusalProps {
  refusal: RefusalNote;
  ways: readonly { label: string; take: () => void }[];
}

function RefusalNotice({ refusal, ways }: RefusalProps) {
  return (
    <Note
      tone="bad"
      urgent
      title={refusal.title}
      action={
        ways.length === 0 ? null : (
          <Group gap="xs">
            {ways.map(({ label, take }) => (
              <Button key={label} size="xs" onClick={take}>
                {label}
              </Button>
            ))}
          </Group>
        )
      }
    >
      <Stack gap="sm">
        <List size="sm">
          {refusal.items.slice(0, 20).map((item) => (
            <List.Item key={item}>{item}</List.Item>
          ))}
          {refusal.items.length > 20 && <List.Item>and {refusal.items.length - 20} more</List.Item>}
        </List>
        <Text size="sm">{refusal.remedy}</Text>
      </Stack>
    </Note>
  );
}

interface ConfirmationProps {
  plan: RestorePlan;
  live: string;
  start: () => void;
  starting: boolean;
}

/** Existing rows are replaced only after the name of the database has been typed. */
function Confirmation({ plan, live, start, starting }: ConfirmationProps) {
  const [typed, setTyped] = useState('');
  const [refused, setRefused] = useState(false);
  const description = useId();
  const { written, changed } = sumsOf(plan);
  const database = useDatabaseName();
  const destructive = figuresOf(plan).destructive || changed > 0;
  const confirmed = !destructive || typed === live;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (confirmed) start();
    else setRefused(true);
  };
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md" align="flex-start">
        {destructive && (
          <TextInput
            label={`Type ${live} to confirm`}
            description={`Rows in the database${database === null ? '' : ` ${database}`} will be replaced`}
            value={typed}
            error={refused && !confirmed ? `That is not ${live}` : undefined}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
            w={320}
            maw="100%"
          />
        )}
        <Button
          type="submit"
          color={destructive ? 'red.8' : 'accent'}
          loading={starting}
          aria-describedby={description}
        >
          {plan.target.mode === 'new-database'
            ? `Create ${plan.target.database}${plan.target.server === undefined ? '' : ` on ${plan.target.server}`}`
            : plan.rows
              ? `Put ${counted(written, 'row')} back`
              : `Restore ${counted(plan.tables.length, 'table')}`}
        </Button>
        <Text id={description} size="sm" c="dimmed">
          You can cancel it while it runs; then nothing changes.
        </Text>
      </Stack>
    </form>
  );
}
