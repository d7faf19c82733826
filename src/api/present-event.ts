import type { EventRecord } from '../catalog/events.ts';
import type { Signal, SystemEvent } from '../contract/event.ts';
import type { Progress } from '../contract/progress.ts';
import type { FeedEvent } from '../runs/event-feed.ts';

export function presentEvent(event: FeedEvent): SystemEvent {
  return event.type === 'progress'
    ? { ...event, progress: event.progress as Progress | null }
    : presentSignal(event);
}

export function presentSignal({
  id,
  at,
  type,
  kind,
  runId,
  scheduleName,
  message,
  details,
}: EventRecord): Signal {
  return {
    type,
    at: at.toISOString(),
    kind,
    id: runId,
    scheduleName,
    message,
    details: details as Signal['details'],
    eventId: id,
  };
}
