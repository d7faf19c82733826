import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { EmptyState, ErrorNote } from '../parts/notes.tsx';
import { Link } from 'wouter';
import { BackupStep } from './backup-step.tsx';
import { CustomerStep } from './customer-step.tsx';
import { KeyStep } from './key-step.tsx';
import { LossStep } from './loss-step.tsx';
import { ReviewStep } from './review-step.tsx';
import { TablesStep } from './tables-step.tsx';
import { TargetStep } from './target-step.tsx';
import { useWizard, type Wizard } from './use-wizard.ts';
import { WizardSteps } from './wizard-steps.tsx';
import type { Step } from './wizard-state.ts';
import classes from './restore-wizard.module.css';

const headings: Record<Step, string> = {
  loss: 'What was lost?',
  backup: 'Choose a backup',
  tables: 'Choose what to restore',
  customer: 'Which customer?',
  target: 'Choose where to restore',
  review: 'Review the plan',
};

/** From what was lost to a restore, in up to five steps. */
export function RestoreWizard() {
  const wizard = useWizard();
  const { state } = wizard;
  const heading = useRef<HTMLHeadingElement>(null);
  const shownStep = useRef(state.step);
  // The focus moves to the heading of the new step.
  useEffect(() => {
    if (shownStep.current === state.step) return;
    shownStep.current = state.step;
    heading.current?.focus();
  }, [state.step]);

  return (
    <Stack gap="lg">
      <WizardSteps
        steps={wizard.steps}
        current={state.step}
        chosen={wizard.chosen}
        reachable={wizard.reachable}
        go={wizard.go}
      />
      <Title order={2} size="h4" ref={heading} tabIndex={-1} className={classes.heading}>
        {headings[state.step]}
      </Title>
      <StepContent wizard={wizard} />
      {wizard.state.step !== 'loss' &&
        wizard.state.step !== 'review' &&
        wizard.ready &&
        wizard.keyNeeded === null && <Continue wizard={wizard} />}
    </Stack>
  );
}

function StepContent({ wizard }: { wizard: Wizard }) {
  const { state, change } = wizard;
  if (state.step === 'loss') return <LossStep choose={wizard.chooseLoss} />;
  if (state.step !== 'backup' && wizard.keyNeeded !== null) {
    return <KeyStep why={wizard.keyNeeded} refused={wizard.keyRefused} give={wizard.giveKey} />;
  }
  if (wizard.error) {
    return (
      <Stack gap="md">
        <ErrorNote error={wizard.error} retry={wizard.retry} />
        {state.step === 'review' && (state.elsewhere || state.customer !== null) && (
          <Group>
            <Button variant="default" onClick={() => wizard.go(state.elsewhere ? 'target' : 'customer')}>
              {state.elsewhere ? 'Change the address' : 'Change what was typed'}
            </Button>
          </Group>
        )}
      </Stack>
    );
  }
  if (!wizard.ready) return <Waiting label={wizard.waitingFor} />;
  switch (state.step) {
    case 'backup':
      return wizard.backups.length === 0 ? (
        <EmptyState
          title="There is no good backup yet"
          action={
            <Button component={Link} href="/backups/new">
              Take a backup
            </Button>
          }
        >
          A restore needs one. Without a backup from before a loss Holdfast cannot bring anything back.
        </EmptyState>
      ) : (
        <BackupStep
          backups={wizard.backups}
          likely={wizard.likely}
          chosen={wizard.backupId}
          choose={wizard.chooseBackup}
          showOlder={wizard.showOlder}
          loadingOlder={wizard.loadingOlder}
        />
      );
    case 'tables':
      return (
        <TablesStep
          tables={wizard.tables}
          chosen={wizard.chosenNames}
          choose={wizard.choose}
          backupId={wizard.backupId}
        />
      );
    case 'target':
      return (
        <TargetStep
          state={state}
          live={wizard.live}
          suggestion={wizard.suggestion}
          change={change}
          server={wizard.server}
          changeServer={wizard.changeServer}
        />
      );
    case 'customer':
      return (
        <CustomerStep
          tenants={wizard.tenants}
          customer={state.customer}
          change={(customer) => change({ customer })}
          goOn={() => wizard.missing === null && wizard.next !== null && wizard.go(wizard.next)}
          backupId={wizard.backupId ?? 0}
        />
      );
    case 'review':
      break;
  }
  return wizard.plan === undefined ? null : (
    <Stack gap="md">
      {wizard.startError && <ErrorNote error={wizard.startError} />}
      <ReviewStep
        plan={wizard.plan}
        state={state}
        live={wizard.live}
        suggestion={wizard.suggestion}
        change={change}
        start={wizard.start}
        starting={wizard.starting}
      />
    </Stack>
  );
}

/** Placeholder of about the size of a step. */
function Waiting({ label }: { label: string }) {
  return (
    <div role="status">
      <Text c="dimmed" size="sm" mb="sm">
        {label} …
      </Text>
      <Skeleton height={220} radius="md" />
    </div>
  );
}

function Continue({ wizard }: { wizard: Wizard }) {
  const { next, missing: what, backupId } = wizard;
  if (next === null) {
    return backupId === null || wizard.state.step === 'customer' ? null : (
      <Group>
        <Button component={Link} href={`/backups/${backupId}?show=rows`}>
          Show its rows
        </Button>
      </Group>
    );
  }
  return (
    <Group gap="md">
      <Button disabled={what !== null} onClick={() => wizard.go(next)}>
        Continue
      </Button>
      {what !== null && (
        <Text size="sm" c="dimmed">
          {what}
        </Text>
      )}
    </Group>
  );
}
