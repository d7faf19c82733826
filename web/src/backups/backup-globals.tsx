import type { GlobalsContents } from '../../../src/contract/globals-contents.ts';
import { FactList } from '../parts/fact-list.tsx';
import { Nothing } from '../parts/figures.tsx';
import { Panel } from '../parts/panel.tsx';
import { count } from '../../../src/base/units.ts';

const passwordWords: Record<GlobalsContents['passwords'], string> = {
  none: 'None: each role needs a new one',
  sealed: 'As hashes, for encrypted stores alone',
  anywhere: 'As hashes',
};

/** What is in a backup of roles and tablespaces. */
export function BackupGlobals({ globals }: { globals: GlobalsContents }) {
  const { roles, memberships, settings, parameters, tablespaces, passwords } = globals;
  const places = tablespaces.map(({ name, location }) => `${name} (${location || 'in the data directory'})`);
  return (
    <Panel title="Roles and tablespaces">
      <FactList
        facts={[
          ['Roles', roles.join(', ')],
          ['Memberships', count(memberships)],
          ['Settings of roles', count(settings)],
          ['Parameters with privileges', parameters.length === 0 ? <Nothing /> : parameters.join(', ')],
          ['Tablespaces', places.length === 0 ? <Nothing /> : places.join(', ')],
          ['Passwords', passwordWords[passwords]],
        ]}
      />
    </Panel>
  );
}
