/*
 * stores/ owns the screen of stores: what each is and holds, and how one is set up. It never sends an address to the
 * server: where stores are is configuration.
 */
import { Skeleton } from '@mantine/core';
import { useRoute } from 'wouter';
import { useStores } from '../data/queries.ts';
import { NotFoundPage } from '../parts/not-found-page.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { StorePanel } from './store-panel.tsx';

/** The configured stores. */
export default function StoresPage() {
  const [known] = useRoute('/stores');
  const stores = useStores();
  if (!known) return <NotFoundPage />;
  return (
    <>
      <PageHeader title="Stores">
        Where backups are kept. A store outside the database outlives its server.
      </PageHeader>
      {stores.error ? <ErrorNote error={stores.error} retry={() => void stores.refetch()} /> : null}
      {stores.data ? (
        stores.data.map((store) => <StorePanel key={store.name} store={store} />)
      ) : stores.error ? null : (
        <Skeleton height={220} radius="md" />
      )}
    </>
  );
}
