import { Anchor, Button, Code, Stack, Text, TextInput } from '@mantine/core';
import { Link } from 'wouter';
import type { ReadyStatus } from '../data/queries.ts';
import { Note } from '../parts/notes.tsx';
import { noCustomer, type Customer } from './customer.ts';
import classes from './target-step.module.css';

interface Props {
  /** What the settings say of customers; null where they say nothing. */
  tenants: ReadyStatus['tenants'];
  customer: Customer | null;
  change: (customer: Customer) => void;
  /** What Enter does. */
  goOn: () => void;
  backupId: number;
}

/** Whose rows come back; or how to say once which rows are those of a customer. */
export function CustomerStep({ tenants, customer, change, goOn, backupId }: Props) {
  const rows = `/backups/${backupId}?show=rows`;
  if (tenants === null) return <NotSaid rows={rows} />;
  const { column } = tenants;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        goOn();
      }}
    >
      <Stack gap="md" maw={720}>
        <TextInput
          className={classes.name}
          label={`Their ${column}`}
          description={`The number or name that the column ${column} has in their rows`}
          value={customer?.id ?? ''}
          onChange={(event) => change({ ...noCustomer, id: event.currentTarget.value })}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
        />
        <Text size="sm" c="dimmed">
          You do not know it?{' '}
          <Anchor component={Link} href={rows}>
            Look it up in the rows of backup {backupId}
          </Anchor>
          .
        </Text>
        <Text>
          Next you see what would come back, table by table. Their rows that are missing are added. Rows that
          they share with others, such as products, are left alone.
        </Text>
      </Stack>
    </form>
  );
}

/** Without the setting, a customer is a row that others refer to. */
function NotSaid({ rows }: { rows: string }) {
  return (
    <Stack gap="md" maw={720}>
      <Note
        tone="live"
        title="Look up their row in the backup"
        action={
          <Button component={Link} href={rows} size="xs">
            Find the customer
          </Button>
        }
      >
        <p>
          Choose the table that has your customers, find the one you look for, and restore that row. What
          refers to it comes with it: orders, the lines of the orders, and so on. What is there already stays
          as it is.
        </p>
      </Note>
      <Text size="sm" c="dimmed">
        To do it in one step the next time, say once which column has the id of the customer, and start
        Holdfast again: <Code>HOLDFAST_TENANT_COLUMN=customer_id</Code>, or the option{' '}
        <Code>{"tenants: { column: 'customer_id' }"}</Code>. Then all of their rows come back by this id, also
        those of tables that do not refer to their row.
      </Text>
    </Stack>
  );
}
