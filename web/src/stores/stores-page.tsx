/*
 * stores/ owns the screen of stores: what each is and holds, and how one is set up. It never sends an address to the
 * server: where stores are is configuration.
 */
import { Button, Skeleton } from '@mantine/core';
import { Link, useRoute } from 'wouter';
import { useChecks, useImports, useScrubs, useStores } from '../data/queries.ts';
import { Icon } from '../parts/icon.tsx';
import { NotFoundPage } from '../parts/not-found-page.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { NewStorePage } from './new-store-page.tsx';
import { StorePanel } from './store-panel.tsx';
import { Allowed } from '../parts/allowed.tsx';

/** The configured stores, and how one is set up. */
export default function StoresPage() {
  const [list] = useRoute('/stores');
  const [setUp] = useRoute('/stores/new');
  if (setUp) return <NewStorePage />;
  return list ? <StoreList /> : <NotFoundPage />;
}

function StoreList() {
  const stores = useStores();
  const scrubs = useScrubs();
  const checks = useChecks();
  const imports = useImports();
  // What was looked for earlier is told from what is looked for now by what the lists had first.
  const loaded = stores.data && checks.data && imports.data ? stores.data : null;
  return (
    <>
      <PageHeader
        title="Stores"
        actions={
          <Allowed to="createStore">
            <Button component={Link} href="/stores/new" leftSection={<Icon name="plus" />}>
              Set up a store
            </Button>
          </Allowed>
        }
      >
        Where backups are kept. A store outside the database outlives its server.
      </PageHeader>
      {stores.error ? <ErrorNote error={stores.error} retry={() => void stores.refetch()} /> : null}
      {loaded ? (
        loaded.map((store) => (
          <StorePanel
            key={store.name}
            store={store}
            runs={{
              scrub: scrubs.data?.find((run) => run.store === store.name),
              check: checks.data?.find((run) => run.store === store.name),
              importing: imports.data?.find((run) => run.store === store.name),
            }}
          />
        ))
      ) : stores.error ? null : (
        <Skeleton height={220} radius="md" />
      )}
    </>
  );
}
