import { Button, Checkbox } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import { client, type GlobalsBody, type GlobalsPlan, type GlobalsReport } from '../data/client.ts';
import { useStatus } from '../data/queries.ts';
import { counted } from '../format/numbers.ts';
import { useKey } from '../parts/ask-key.tsx';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { addressOf, hostOf, noServer } from '../parts/other-server.ts';
import { ServerFields } from '../parts/server-fields.tsx';
import { useLeaving } from '../parts/use-leaving.ts';
import { changesOf, GlobalsMade, PlannedGlobals } from './planned-globals.tsx';
import classes from './restore-globals.module.css';

type Outcome = { plan: GlobalsPlan } | { report: GlobalsReport } | { error: unknown } | null;

/** Shows what a server lacks of the roles and tablespaces in a backup, and makes it. */
export function RestoreGlobals({ id }: { id: number }) {
  const [elsewhere, setElsewhere] = useState(false);
  const [server, setServer] = useState(noServer);
  const [alter, setAlter] = useState(false);
  const [tablespaces, setTablespaces] = useState(true);
  const [confirmed, setConfirmed] = useState<readonly string[]>([]);
  const [outcome, setOutcome] = useState<Outcome>(null);
  const [pending, setPending] = useState(false);
  const [asking, setAsking] = useState(false);
  const withKey = useKey();
  const leaving = useLeaving();
  const status = useStatus();
  const database = status.data?.initialized === true ? status.data.database.name : '';
  const targetUrl = elsewhere ? addressOf(server) : undefined;
  const body: GlobalsBody = {
    onDifferent: alter ? 'alter' : 'keep',
    tablespaces,
    ...(typeof targetUrl === 'string' ? { targetUrl } : {}),
  };
  const forget = (): void => {
    setOutcome(null);
    setConfirmed([]);
  };
  const change = (set: () => void): void => {
    set();
    // A plan is of one server and of one choice.
    forget();
  };
  const bodyWith = (identity: string | undefined): GlobalsBody =>
    identity === undefined ? body : { ...body, identity };

  async function compare(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (pending || targetUrl === null) return;
    setPending(true);
    forget();
    try {
      await withKey(async (identity) => {
        setOutcome({ plan: await client.planGlobals(id, bodyWith(identity), { signal: leaving() }) });
      });
    } catch (error) {
      setOutcome({ error });
    } finally {
      setPending(false);
    }
  }

  async function make(): Promise<void> {
    await withKey(async (identity) => {
      const order = { ...bodyWith(identity), confirm: [...confirmed] };
      setOutcome({ report: await client.restoreGlobals(id, order) });
    });
  }

  const plan = outcome && 'plan' in outcome ? outcome.plan : undefined;
  const altered = plan?.different.filter((each) => each.altered).length ?? 0;
  const changes = plan ? changesOf(plan) + confirmed.length : 0;
  const where = elsewhere ? hostOf(server) : database;
  return (
    <>
      <form className={classes.form} onSubmit={(event) => void compare(event)}>
        <Checkbox
          label="On another server"
          checked={elsewhere}
          onChange={({ currentTarget: { checked } }) => change(() => setElsewhere(checked))}
        />
        {elsewhere ? (
          <ServerFields
            server={server}
            change={(next) => change(() => setServer(next))}
            needs="With a role that may create roles, and any database of that server"
          />
        ) : null}
        <Checkbox
          label="Roles and tablespaces that are there and differ become as in the backup"
          description="Passwords of roles that are there never change, and nothing is dropped"
          checked={alter}
          onChange={({ currentTarget: { checked } }) => change(() => setAlter(checked))}
        />
        <Checkbox
          label="Tablespaces too"
          description="Each needs its empty directory on the server"
          checked={tablespaces}
          onChange={({ currentTarget: { checked } }) => change(() => setTablespaces(checked))}
        />
        <Button type="submit" variant="default" loading={pending} disabled={targetUrl === null}>
          Show what is missing
        </Button>
      </form>
      {outcome && 'error' in outcome ? <ErrorNote error={outcome.error} /> : null}
      {outcome && 'report' in outcome ? <GlobalsMade report={outcome.report} /> : null}
      {plan ? (
        <div className={classes.result}>
          <PlannedGlobals plan={plan} confirmed={confirmed} onConfirm={setConfirmed} />
          <div>
            <Button disabled={changes === 0} onClick={() => setAsking(true)}>
              Make {counted(changes, 'change')}
            </Button>
          </div>
        </div>
      ) : null}
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Make ${counted(changes, 'change')} of roles and tablespaces`}
        confirmLabel="Make them"
        keepLabel="Cancel"
        danger={confirmed.length + altered > 0}
        {...(confirmed.length + altered > 0 && where !== '' ? { typed: where } : {})}
        onConfirm={make}
      >
        <p>
          {elsewhere ? `On ${where}. ` : ''}All of it is made, or nothing is. Afterwards the SQL that takes it
          back is shown.
        </p>
        {confirmed.length > 0 ? <p>This gives power over others: {confirmed.join('; ')}.</p> : null}
      </ConfirmDialog>
    </>
  );
}
