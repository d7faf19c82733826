import {
  Button,
  Group,
  NativeSelect,
  NumberInput,
  Radio,
  SegmentedControl,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core';
import { formatDuration } from '../format/times.ts';
import {
  completeTime,
  frequencies,
  missingFrom,
  type Frequency,
  type ScheduleDraft,
} from './schedule-draft.ts';
import { ordinal, scheduleSentence, weekdays } from './schedule-words.ts';
import { ScheduleStores } from './schedule-stores.tsx';
import { ScheduledTables } from './scheduled-tables.tsx';
import { browserZone, timeZones } from './time-zones.ts';

interface Props {
  draft: ScheduleDraft;
  change: (changes: Partial<ScheduleDraft>) => void;
  /** Error of a field from the server. */
  problems: Partial<Record<keyof ScheduleDraft, string>>;
}

const frequencyNames: Record<Frequency, string> = {
  hourly: 'Hourly',
  daily: 'Daily',
  weekly: 'Weekly',
  monthly: 'Monthly',
  cron: 'Cron',
};

export function ScheduleForm({ draft, change, problems }: Props) {
  const missing = { ...problems, ...missingFrom(draft) };
  return (
    <Stack gap="lg">
      <Switch
        label="Take backups automatically"
        description={
          draft.enabled ? scheduleSentence(draft) : 'Off: backups are only taken when you start one'
        }
        checked={draft.enabled}
        onChange={(event) => change({ enabled: event.currentTarget.checked })}
      />
      <NativeSelect
        label="How often"
        data={frequencies.map((value) => ({ value, label: frequencyNames[value] }))}
        value={draft.frequency}
        onChange={(event) => change({ frequency: event.currentTarget.value as Frequency })}
      />
      <When draft={draft} change={change} missing={missing} />
      <TimeZone draft={draft} change={change} />
      <Stack gap={6}>
        <Text size="sm" fw={500} component="span" id="what-is-backed-up">
          What
        </Text>
        <SegmentedControl
          aria-labelledby="what-is-backed-up"
          data={[
            { value: 'full' as const, label: 'Everything' },
            { value: 'partial' as const, label: 'Chosen tables' },
            { value: 'globals' as const, label: 'Roles and tablespaces' },
          ]}
          value={draft.type}
          onChange={(type) => change({ type })}
        />
        {draft.type === 'partial' && (
          <ScheduledTables
            tables={draft.tables}
            change={(tables) => change({ tables })}
            problem={missing.tables}
          />
        )}
      </Stack>
      <ScheduleStores draft={draft} change={change} />
      <Radio.Group
        label="Missed runs"
        description="Runs that were due while no process was running"
        value={draft.missedRuns}
        onChange={(value) => change({ missedRuns: value === 'skip' ? 'skip' : 'once' })}
      >
        <Stack gap="xs" mt="xs">
          <Radio value="once" label="Catch up once, as soon as possible" />
          <Radio value="skip" label="Wait for the next one" />
        </Stack>
      </Radio.Group>
      <NativeSelect
        label="Begin"
        description="So that many databases on one server do not start in the same second"
        data={beginnings(draft.jitterSeconds)}
        value={String(draft.jitterSeconds)}
        onChange={(event) => change({ jitterSeconds: Number(event.currentTarget.value) })}
      />
    </Stack>
  );
}

/** The choices, and the current value if it is not among them. */
function beginnings(current: number): { value: string; label: string }[] {
  const usual = [0, 60, 300, 900, 1_800, 3_600];
  const all = usual.includes(current) ? usual : [...usual, current].toSorted((a, b) => a - b);
  return all.map((seconds) => ({
    value: String(seconds),
    label: seconds === 0 ? 'At that moment' : `Up to ${formatDuration(seconds * 1_000)} later`,
  }));
}

interface WhenProps {
  draft: ScheduleDraft;
  change: Props['change'];
  missing: Props['problems'];
}

/** The fields that the frequency uses, and no others. */
function When({ draft, change, missing }: WhenProps) {
  const time = (
    <TextInput
      label="Time"
      description="Hours and minutes, 00:00 to 23:59"
      placeholder="02:00"
      inputMode="numeric"
      maxLength={5}
      autoComplete="off"
      value={draft.time}
      error={missing.time}
      onChange={(event) => change({ time: event.currentTarget.value })}
      onBlur={() => change({ time: completeTime(draft.time) })}
    />
  );
  switch (draft.frequency) {
    case 'hourly':
      return (
        <NumberInput
          label="Minutes past the hour"
          min={0}
          max={59}
          clampBehavior="strict"
          allowDecimal={false}
          allowNegative={false}
          value={Number(draft.time.slice(-2))}
          onChange={(value) =>
            change({ time: `${draft.time.slice(0, 2)}:${String(value).padStart(2, '0').slice(-2)}` })
          }
        />
      );
    case 'daily':
      return time;
    case 'weekly':
      return (
        <Group grow align="flex-start">
          <NativeSelect
            label="Day"
            data={[1, 2, 3, 4, 5, 6, 0].map((day) => ({ value: String(day), label: weekdays[day] ?? '' }))}
            value={String(draft.dayOfWeek)}
            onChange={(event) => change({ dayOfWeek: Number(event.currentTarget.value) })}
          />
          {time}
        </Group>
      );
    case 'monthly':
      return (
        <Group grow align="flex-start">
          <NativeSelect
            label="Day of the month"
            description={
              typeof draft.dayOfMonth === 'number' && draft.dayOfMonth > 28
                ? 'In a shorter month, its last day'
                : undefined
            }
            data={[
              ...Array.from({ length: 31 }, (_, index) => ({
                value: String(index + 1),
                label: ordinal(index + 1),
              })),
              { value: 'last', label: 'The last day' },
            ]}
            value={String(draft.dayOfMonth)}
            onChange={(event) => {
              const { value } = event.currentTarget;
              change({ dayOfMonth: value === 'last' ? 'last' : Number(value) });
            }}
          />
          {time}
        </Group>
      );
    case 'cron':
      break;
  }
  return (
    <TextInput
      label="Cron expression"
      description="Minute, hour, day of month, month, day of week: 30 2 * * mon-fri is weekdays at 02:30"
      placeholder="30 2 * * mon-fri"
      value={draft.cron}
      error={draft.cron === '' ? undefined : missing.cron}
      spellCheck={false}
      autoComplete="off"
      onChange={(event) => change({ cron: event.currentTarget.value })}
    />
  );
}

function TimeZone({ draft, change }: Pick<Props, 'draft' | 'change'>) {
  const here = browserZone();
  return (
    <Stack gap={4} align="flex-start">
      <Select
        w="100%"
        label="Time zone"
        data={timeZones(draft.timezone)}
        value={draft.timezone}
        onChange={(value) => value !== null && change({ timezone: value })}
        searchable
        allowDeselect={false}
        limit={100}
        nothingFoundMessage="No such time zone"
      />
      {here !== draft.timezone && (
        <Button variant="subtle" size="compact-xs" onClick={() => change({ timezone: here })}>
          Use {here}, as this browser
        </Button>
      )}
    </Stack>
  );
}
