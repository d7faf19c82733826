import { Checkbox, Radio, Stack, TextInput } from '@mantine/core';
import type { ServerAddress } from '../parts/other-server.ts';
import { ServerFields } from '../parts/server-fields.tsx';
import { isBesideLive, isInPlace, type WizardState } from './wizard-state.ts';
import classes from './target-step.module.css';

interface Props {
  state: WizardState;
  /** The live database. */
  live: string;
  /** A free name for a new database, most likely. */
  suggestion: string;
  change: (changes: Partial<WizardState>) => void;
  /** The other server, as it is typed. */
  server: ServerAddress;
  changeServer: (server: ServerAddress) => void;
}

/** Here, beside it, or on another server. */
export function TargetStep({ state, live, suggestion, change, server, changeServer }: Props) {
  const beside = isBesideLive(state);
  const inPlace = isInPlace(state) && !beside;
  return (
    <Stack gap="lg">
      <Radio.Group
        aria-label="Where to restore to"
        value={beside ? 'beside' : inPlace ? 'in-place' : state.elsewhere ? 'elsewhere' : 'new-database'}
        onChange={(value) =>
          change({
            database: value === 'new-database' ? suggestion : null,
            schema: value === 'beside' ? 'before' : undefined,
            elsewhere: value === 'elsewhere',
          })
        }
      >
        <div className={classes.places}>
          <label htmlFor="restore-in-place" className={classes.place} data-chosen={inPlace || undefined}>
            <Radio id="restore-in-place" value="in-place" aria-label={`Into ${live}, the live database`} />
            <span>
              <strong>Into {live}, the live database</strong>
              <span className={classes.note}>
                The application can use the tables right away. Their current rows are replaced, in one
                transaction.
              </span>
            </span>
          </label>
          <label htmlFor="restore-into-schema" className={classes.place} data-chosen={beside || undefined}>
            <Radio id="restore-into-schema" value="beside" aria-label="Beside the live tables" />
            <span>
              <strong>Beside the live tables</strong>
              <span className={classes.note}>
                The old tables in a schema of their own, to compare with or to copy from. The live ones are
                not touched.
              </span>
            </span>
          </label>
          <label
            htmlFor="restore-beside"
            className={classes.place}
            data-chosen={state.database !== null || undefined}
          >
            <Radio id="restore-beside" value="new-database" aria-label="Into a new database" />
            <span>
              <strong>Into a new database</strong>
              <span className={classes.note}>
                {live} does not change. To look first, or to copy only some rows.
              </span>
            </span>
          </label>
          <label
            htmlFor="restore-elsewhere"
            className={classes.place}
            data-chosen={state.elsewhere || undefined}
          >
            <Radio id="restore-elsewhere" value="elsewhere" aria-label="Onto another server" />
            <span>
              <strong>Onto another server</strong>
              <span className={classes.note}>
                A database is made there. {live} does not change, and can be gone.
              </span>
            </span>
          </label>
        </div>
      </Radio.Group>
      {state.database !== null && (
        <TextInput
          className={classes.name}
          label="Name of the new database"
          description="It must not exist yet"
          value={state.database}
          error={state.database === '' ? 'Enter a name' : undefined}
          onChange={(event) => change({ database: event.currentTarget.value })}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {beside && (
        <TextInput
          className={classes.name}
          label="Name of the schema"
          description="It is created if it does not exist"
          value={state.schema}
          error={state.schema === '' ? 'Enter a name' : undefined}
          onChange={(event) => change({ schema: event.currentTarget.value })}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      {state.elsewhere && (
        <ServerFields
          server={server}
          change={changeServer}
          needs="With a role that may create databases, and the name that the database gets there"
        />
      )}
      <Stack gap="sm">
        {inPlace && (
          <Checkbox
            label="Take a safety backup first"
            description="Then this restore can be undone with one click"
            checked={state.safetyBackup}
            onChange={(event) => change({ safetyBackup: event.currentTarget.checked })}
          />
        )}
        <Checkbox
          label="Restore owners and privileges"
          description="Without them, created objects belong to the role that restores"
          checked={state.owners}
          onChange={(event) => change({ owners: event.currentTarget.checked })}
        />
        {!inPlace && (
          <Checkbox
            label="Extensions in the versions of the backup"
            description="Otherwise the newest that the server has"
            checked={state.sameVersions}
            onChange={(event) => change({ sameVersions: event.currentTarget.checked })}
          />
        )}
        <Checkbox
          label="Leave materialized views empty if their refresh fails"
          description="Otherwise the restore fails, and nothing changes"
          checked={state.leaveEmpty}
          onChange={(event) => change({ leaveEmpty: event.currentTarget.checked })}
        />
        <Checkbox
          label="Leave constraints NOT VALID if rows violate them"
          description="Otherwise the restore fails, and nothing changes"
          checked={state.allowInvalid}
          onChange={(event) => change({ allowInvalid: event.currentTarget.checked })}
        />
      </Stack>
    </Stack>
  );
}
