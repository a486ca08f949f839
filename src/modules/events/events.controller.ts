import { Controller, Get, Param, Query, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import { Answers } from '../../http/answer/answers.js';
import { Drain } from '../../http/drain.js';
import { streamed } from '../../http/answer/streamed.js';
import { KeyId, ProjectId, type Tenant } from '../../http/request/request.js';
import { EventList, EventQuery } from './event.schema.js';
import { EventsService } from './events.service.js';

const EVENT_STREAM = 'text/event-stream';

/** A number that its column can be compared with; by the specification of event streams, an empty one is none. */
const LAST_EVENT_ID = /^[0-9]{0,9}$/;

/** A client that has taken nothing for so long, heartbeats included, is cut off; it may connect again. */
const STALLED_MS = 60_000;

/** How long a client may take to read the rest when the server shuts down. */
const DRAIN_MS = 1000;

@ApiTags('Runs')
@Controller('v1/runs/:id/events')
export class EventsController {
  constructor(
    private readonly events: EventsService,
    private readonly drain: Drain,
  ) {}

  @Get()
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'Of a stream: the sequence after which it goes on; empty: none yet.',
    schema: { type: 'string', pattern: LAST_EVENT_ID.source },
  })
  @Answers(EventList, {
    summary: 'List the events of a run, or stream them',
    description:
      'With `Accept: text/event-stream` the log is sent as server-sent events, and then what happens, until the event that ends the run; ' +
      '`Last-Event-ID` (or `after`) continues it; `limit` and `order` do not apply. The stream ends soon after its key is revoked. 204 says that there is nothing more to come.',
  })
  async listRunEvents(
    @ProjectId() projectId: string,
    @KeyId() keyId: string,
    @Param('id') id: string,
    @Query({ schema: EventQuery }) query: EventQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const after = lastSequence(request, query);
    if (request.accepts(['application/json', EVENT_STREAM]) !== EVENT_STREAM) {
      return this.events.list(projectId, id, query);
    }
    return this.stream({ projectId, keyId }, id, after, response);
  }

  private async stream(
    tenant: Pick<Tenant, 'projectId' | 'keyId'>,
    id: string,
    after: number,
    response: Response,
  ): Promise<StreamableFile | undefined> {
    const closed = new AbortController();
    response.once('close', () => closed.abort());
    const events = await this.events.stream(tenant, id, after, closed.signal);
    if (!events) {
      response.status(204);
      return undefined;
    }
    response.setTimeout(STALLED_MS, () => response.destroy());
    // The response and not only the stream: what a stream that has ended left in it may never be read.
    const cutOff = (): void => void setTimeout(() => response.destroy(), DRAIN_MS);
    this.drain.signal.addEventListener('abort', cutOff, { once: true });
    response.once('close', () => this.drain.signal.removeEventListener('abort', cutOff));
    response.setHeader('cache-control', 'no-cache, no-transform');
    response.setHeader('x-accel-buffering', 'no');
    return streamed(events, EVENT_STREAM);
  }
}

/** @throws {AppError} INVALID_REQUEST: from the beginning would be what a client has already */
function lastSequence(request: Request, { after = 0 }: EventQuery): number {
  const given = request.header('last-event-id') ?? '';
  if (given === '') return Math.max(0, after);
  if (!LAST_EVENT_ID.test(given)) throw AppError.invalid('Last-Event-ID', 'must be the id of an event of the stream');
  return Number(given);
}
