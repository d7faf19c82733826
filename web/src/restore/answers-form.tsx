import { Button, Group, List, Select, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { answerKinds, answerWords, isComplete, noAnswer, type Answer, type AnswerKind } from './answers.ts';
import classes from './answers-form.module.css';

const kindTitles: Record<AnswerKind, string> = {
  rename: 'A column has another name today',
  fill: 'A column of today gets a value',
  'leave-out': 'The values of a column are left out',
  value: 'A value becomes another one',
  zone: 'The time zone of timestamps without one',
};

interface Props {
  /** The tables of the plan. */
  tables: readonly string[];
  answers: readonly Answer[];
  change: (answers: Answer[]) => void;
}

/** What the forms of a table then and today cannot tell is asked. The plan is made again with each answer. */
export function AnswersForm({ tables, answers, change }: Props) {
  const [first = ''] = tables;
  const [answer, setAnswer] = useState<Answer>({ ...noAnswer, table: first });
  const put = (changes: Partial<Answer>): void => setAnswer({ ...answer, ...changes });
  const add = (event: FormEvent): void => {
    event.preventDefault();
    if (!isComplete(answer)) return;
    change([...answers, answer.kind === 'zone' ? { ...answer, table: '', column: '' } : answer]);
    setAnswer({ ...noAnswer, kind: answer.kind, table: answer.table });
  };
  return (
    <Stack gap="sm">
      {answers.length > 0 && (
        <List size="sm" aria-label="Answers">
          {answers.map((each, at) => (
            <List.Item key={answerWords(each)}>
              <Group gap="xs">
                {answerWords(each)}
                <Button
                  variant="subtle"
                  size="compact-xs"
                  aria-label={`Take back: ${answerWords(each)}`}
                  onClick={() => change(answers.filter((_, place) => place !== at))}
                >
                  Take back
                </Button>
              </Group>
            </List.Item>
          ))}
        </List>
      )}
      <form onSubmit={add} className={classes.form}>
        <Select
          className={classes.kind}
          label="Answer"
          allowDeselect={false}
          value={answer.kind}
          onChange={(kind) => kind !== null && put({ kind: kind as AnswerKind })}
          data={answerKinds.map((kind) => ({ value: kind, label: kindTitles[kind] }))}
        />
        <Fields answer={answer} tables={tables} put={put} />
        <Button type="submit" variant="default" disabled={!isComplete(answer)} className={classes.add}>
          Add the answer
        </Button>
      </form>
    </Stack>
  );
}

interface FieldsProps {
  answer: Answer;
  tables: readonly string[];
  put: (changes: Partial<Answer>) => void;
}

const textLabels: Record<AnswerKind, string | null> = {
  rename: 'Name today',
  fill: 'Value',
  'leave-out': null,
  value: 'Value in the backup',
  zone: 'Time zone',
};

function Fields({ answer, tables, put }: FieldsProps) {
  const { kind, table, column, text, becomes } = answer;
  const label = textLabels[kind];
  return (
    <>
      {kind !== 'zone' && (
        <>
          <Select
            label="Table"
            searchable
            limit={100}
            allowDeselect={false}
            value={table}
            onChange={(value) => value !== null && put({ table: value })}
            data={[...tables]}
          />
          <TextInput
            label={kind === 'fill' ? 'Column today' : 'Column in the backup'}
            value={column}
            onChange={(event) => put({ column: event.currentTarget.value })}
          />
        </>
      )}
      {label !== null && (
        <TextInput
          label={label}
          value={text}
          onChange={(event) => put({ text: event.currentTarget.value })}
        />
      )}
      {kind === 'value' && (
        <TextInput
          label="Becomes"
          value={becomes}
          onChange={(event) => put({ becomes: event.currentTarget.value })}
        />
      )}
    </>
  );
}
