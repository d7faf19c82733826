import { NumberInput, Stack, Text } from '@mantine/core';
import {
  floors,
  limits,
  periods,
  type RetentionField,
  type RuleProblems,
  type Rules,
} from './retention-draft.ts';
import classes from './retention-form.module.css';

interface Props {
  rules: Rules;
  problems: RuleProblems;
  change: (changes: Partial<Rules>) => void;
}

export function RetentionForm({ rules, problems, change }: Props) {
  const field = (each: RetentionField) => (
    <NumberInput
      key={each.name}
      label={each.label}
      description={each.help === '' ? undefined : each.help}
      placeholder={each.empty}
      suffix={` ${rules[each.name] === 1 ? each.unit.replace(/s$/, '') : each.unit}`}
      min={each.minimum}
      max={each.maximum}
      clampBehavior="none"
      allowDecimal={false}
      allowNegative={false}
      value={rules[each.name] ?? ''}
      error={problems[each.name]}
      onChange={(value) => change({ [each.name]: value === '' ? null : Number(value) })}
    />
  );
  return (
    <Stack gap="xl">
      <fieldset className={classes.group}>
        <legend>Limits</legend>
        <Text size="sm" c="dimmed">
          A backup within every limit is kept. An empty field is no limit.
        </Text>
        <div className={classes.fields} data-wide>
          {limits.map(field)}
        </div>
      </fieldset>
      <fieldset className={classes.group}>
        <legend>One for each period, even beyond the limits</legend>
        <Text size="sm" c="dimmed">
          The newest backup of each of the last hours, days, weeks, months and years that have one.
        </Text>
        <div className={classes.fields}>{periods.map(field)}</div>
      </fieldset>
      <fieldset className={classes.group}>
        <legend>Always</legend>
        <Text size="sm" c="dimmed">
          The last good backup, pinned backups and backups in use are never deleted, with any settings.
        </Text>
        <div className={classes.fields} data-wide>
          {floors.map(field)}
        </div>
      </fieldset>
    </Stack>
  );
}
