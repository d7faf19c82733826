import type { StoreContentsRecord } from '../../catalog/store-contents.ts';
import type { Kind } from '../kind.ts';
import { checkStore } from '../store-check.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** Compares a store with what the catalog believes of it. */
export const checkKind: Kind<StoreContentsRecord, { store: string }> = {
  name: 'check',
  failureCode: 'STORE_FAILED',
  resumable: false,
  here: true,
  rows: ({ checks }) => checks,
  /** @throws STORE_NOT_FOUND */
  async order(context, { store }, ticket) {
    context.stores.addressOf(store);
    return context.catalog.checks.insert(store, ticket);
  },
  begin: ({ catalog }, run) => catalog.checks.begin(run),
  perform(context, run) {
    const { record, hold } = run;
    return withHeartbeat(context, checkKind, run, {
      do: (control) => checkStore(context, record.store, control),
      complete: (report) => context.catalog.checks.complete({ id: record.id, fence: hold.fence }, report),
    });
  },
};
