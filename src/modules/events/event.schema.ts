/** What the API answers about the events of a run. */
import { z } from 'zod';
import { Seconds, seconds } from '../../http/answer/common.schema.js';
import { pageOf, sequenceFields } from '../../http/answer/page.js';
import { EVENT_LEVELS, EVENT_TYPES } from '../../spec/enums.js';
import type { RunEvent } from '../../store/entities/run-event.entity.js';

export const EventObject = z
  .object({
    id: z.string(),
    object: z.literal('run.event'),
    created_at: Seconds,
    run_id: z.string(),
    sequence: z
      .int()
      .describe('From 1, without gaps within the run; the cursor of this list and the id in the stream.'),
    level: z.enum(EVENT_LEVELS),
    type: z.enum(EVENT_TYPES),
    message: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'RunEvent' });
export type EventObject = z.infer<typeof EventObject>;

export const EventList = pageOf(EventObject, 'RunEventList');
export const EventQuery = z.strictObject(sequenceFields);
export type EventQuery = z.infer<typeof EventQuery>;

export function eventObject(event: Omit<RunEvent, 'projectId'>): EventObject {
  return {
    id: event.id,
    object: 'run.event',
    created_at: seconds(event.createdAt),
    run_id: event.runId,
    sequence: event.sequence,
    level: event.level,
    type: event.type,
    message: event.message,
    data: event.data,
  };
}
