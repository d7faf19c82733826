import { z } from 'zod';
import { HoldfastError } from '../../base/errors.ts';
import { id } from '../../contract/fields.ts';
import { announcementBody, decisionBody, findingStates } from '../../contract/finding.ts';
import * as routes from '../../contract/routes/findings.ts';
import { findingNotFound } from '../../runs/decisions.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation, type Work } from '../operation.ts';
import { presentAnnouncement, presentFinding } from '../present.ts';
import type { Finding } from '../contract.ts';
import type { FindingRecord } from '../../catalog/findings.ts';

const listed = 200;
const longestDays = 31;

/** With whether the backup without the damage is still there. */
async function present({ catalog }: Work, record: FindingRecord): Promise<Finding> {
  return presentFinding(record, async (backupId) => (await catalog.backups.get(backupId)) !== undefined);
}

export const listFindings = operation({
  name: 'listFindings',
  takes: [z.strictObject({ state: z.enum(findingStates).optional() }).prefault({})],
  async run(work, { state }) {
    const records = await work.catalog.findings.list(listed, state);
    const findings: Finding[] = [];
    for (const record of records) findings.push(await present(work, record));
    return { findings, brake: await work.jobs.brake() };
  },
  endpoints: [endpoint(routes.readFindings, async ({ api, query }) => ok(await api.listFindings(query)))],
});

export const getFinding = operation({
  name: 'getFinding',
  takes: [id],
  async run(work, asked) {
    const record = await work.catalog.findings.get(asked);
    if (!record) throw findingNotFound(asked);
    return present(work, record);
  },
  endpoints: [
    endpoint(routes.readFinding, async ({ api, params }) => ok({ finding: await api.getFinding(params.id) })),
  ],
});

export const decideFinding = operation({
  name: 'decideFinding',
  takes: [id, decisionBody],
  run: async (work, asked, { tables, usual, note }) =>
    present(work, await work.jobs.lookedRight(asked, { tables, usual, note })),
  endpoints: [
    endpoint(routes.decideFinding, async ({ api, params, body }) =>
      ok({ success: true, finding: await api.decideFinding(params.id, body) }),
    ),
  ],
});

export const announce = operation({
  name: 'announce',
  takes: [announcementBody],
  async run({ catalog }, { tables, until, reason }) {
    const end = new Date(until);
    const now = Date.now();
    if (end.getTime() <= now || end.getTime() > now + longestDays * 86_400_000) {
      throw new HoldfastError('INVALID_REQUEST', `until must be within the next ${longestDays} days.`, {
        details: { until },
      });
    }
    return presentAnnouncement(await catalog.announcements.add({ tables, until: end, reason }));
  },
  endpoints: [
    endpoint(routes.announce, async ({ api, body }) =>
      ok({ success: true, announcement: await api.announce(body) }),
    ),
  ],
});

export const listAnnouncements = operation({
  name: 'listAnnouncements',
  takes: [],
  run: async ({ catalog }) => (await catalog.announcements.current()).map(presentAnnouncement),
  endpoints: [
    endpoint(routes.readAnnouncements, async ({ api }) =>
      ok({ announcements: await api.listAnnouncements() }),
    ),
  ],
});

export const endAnnouncement = operation({
  name: 'endAnnouncement',
  takes: [id],
  async run({ catalog }, asked) {
    const ended = await catalog.announcements.end(asked);
    if (!ended) {
      throw new HoldfastError('ANNOUNCEMENT_NOT_FOUND', `No announcement ${asked} is in force.`, {
        details: { id: asked },
      });
    }
    return presentAnnouncement(ended);
  },
  endpoints: [
    endpoint(routes.endAnnouncement, async ({ api, params }) =>
      ok({ success: true, announcement: await api.endAnnouncement(params.id) }),
    ),
  ],
});
