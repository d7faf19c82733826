import type * as shapes from '../contract/shapes.ts';
import { partOf, type CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** Damage in the data, and what is announced beforehand: a part of `Client`. */
export interface FindingCalls {
  /** What looks like damage to the data in backups, newest first, and what cleanup keeps because of it. */
  listFindings(
    query?: { state?: shapes.Finding['state'] },
    call?: CallOptions,
  ): Promise<shapes.FindingsAnswer>;
  getFinding(id: number, call?: CallOptions): Promise<shapes.Finding>;
  /** Settles a finding: the database is as it is meant to be. */
  decideFinding(id: number, body: shapes.DecisionBody, call?: CallOptions): Promise<shapes.Finding>;
  /** Announces an import or a migration, so that what it changes raises no alarm. */
  announce(body: shapes.AnnouncementBody, call?: CallOptions): Promise<shapes.Announcement>;
  listAnnouncements(call?: CallOptions): Promise<shapes.Announcement[]>;
  endAnnouncement(id: number, call?: CallOptions): Promise<shapes.Announcement>;
}

export function findingCalls(call: CallAddress): FindingCalls {
  return {
    listFindings: (query = {}, given) => call('GET /findings', { query }, given),
    getFinding: async (id, given) =>
      partOf(await call('GET /findings/{id}', { params: { id } }, given), 'finding'),
    decideFinding: async (id, body, given) =>
      partOf(await call('POST /findings/{id}', { params: { id }, body }, given), 'finding'),
    announce: async (body, given) =>
      partOf(await call('POST /announcements', { body }, given), 'announcement'),
    listAnnouncements: async (given) => partOf(await call('GET /announcements', {}, given), 'announcements'),
    endAnnouncement: async (id, given) =>
      partOf(await call('DELETE /announcements/{id}', { params: { id } }, given), 'announcement'),
  };
}
