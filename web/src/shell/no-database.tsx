import { Button } from '@mantine/core';
import { useDatabases } from '../data/databases.ts';
import { inDatabase, pageRoot } from '../data/place.ts';
import { EmptyState } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { Panel } from '../parts/panel.tsx';

/** The address names a database that Holdfast does not know: a link that is old, or a configuration that lacks it. */
export function NoDatabase({ message }: { message: string }) {
  const { data } = useDatabases();
  const first = data?.databases[0];
  return (
    <>
      <PageHeader title="Database not found" />
      <Panel>
        <EmptyState
          title={message}
          action={
            first ? (
              <Button component="a" href={inDatabase(`${pageRoot}/`, first.name)}>
                Go to {first.name}
              </Button>
            ) : null
          }
        />
      </Panel>
    </>
  );
}
