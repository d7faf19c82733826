import { NativeSelect, TextInput } from '@mantine/core';
import classes from './first-schedule.module.css';
import { keptInWords, type SetupPlan } from './setup-plan.ts';

interface FirstScheduleProps {
  plan: SetupPlan;
  onChange: (plan: SetupPlan) => void;
}

/** The two settings of a first schedule; the schedule screen has the others. */
export function FirstSchedule({ plan, onChange }: FirstScheduleProps) {
  const timed = plan.frequency === 'daily' || plan.frequency === 'weekly';
  return (
    <>
      <div className={classes.fields}>
        <NativeSelect
          label="How often"
          value={plan.frequency}
          onChange={(event) =>
            onChange({ ...plan, frequency: event.currentTarget.value as SetupPlan['frequency'] })
          }
          data={[
            { value: 'hourly', label: 'Every hour' },
            { value: 'daily', label: 'Every day' },
            { value: 'weekly', label: 'Every Sunday' },
            { value: 'none', label: 'Not automatically' },
          ]}
        />
        {timed ? (
          <TextInput
            type="time"
            label={`At (${plan.timezone})`}
            value={plan.time}
            onChange={(event) => onChange({ ...plan, time: event.currentTarget.value })}
            required
            withAsterisk={false}
          />
        ) : null}
      </div>
      <p className={classes.kept} aria-live="polite">
        {keptInWords[plan.frequency]}
      </p>
    </>
  );
}
