/** A run and its events as a client sees them that follows it from its creation to its end, whatever happens to the API. */
import { BoughError, createBough, unwrap, type Bough, type Run, type RunEvent, type RunSpec } from 'bough/client';
import { GiveUp, waitUntil } from '../../src/embedded/wait.js';
import { gaps } from './record.js';

const CREATE_LIMIT_MS = 120_000;
const ANSWER_LIMIT_MS = 60_000;

/** A client none of whose requests waits for ever; streams have a limit of their own. */
export function boundedClient(baseUrl: string, apiKey: string): Bough {
  return createBough({
    baseUrl,
    apiKey,
    fetch: (request) => {
      if (request.headers.get('accept') === 'text/event-stream') return fetch(request);
      return fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]) });
    },
  });
}

export class FollowedRun {
  readonly events: RunEvent[] = [];
  /** Resolves when its last event has come. */
  readonly ended: Promise<void>;

  private constructor(
    private readonly bough: Bough,
    readonly id: string,
    /** Which of the specs it trains. */
    readonly spec: number,
    signal: AbortSignal,
  ) {
    this.ended = this.follow(signal);
    this.ended.catch(() => undefined);
  }

  /** Creates it once, however often that has to be asked for. */
  static async create(bough: Bough, body: RunSpec, spec: number, signal: AbortSignal): Promise<FollowedRun> {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    let run: Run | undefined;
    await waitUntil(
      'a run to be created',
      async () => {
        const { data, error, response } = await bough.api.POST('/v1/runs', { body, headers });
        if (error && response.status < 500) throw new GiveUp(BoughError.of(response, error));
        run = data as Run | undefined;
        return run !== undefined;
      },
      { limitMs: CREATE_LIMIT_MS, everyMs: 500 },
    );
    return new FollowedRun(bough, run!.id, spec, signal);
  }

  /** How it ended, and what is wrong with its events: as they were followed, and as they are listed. */
  async problems(): Promise<string[]> {
    const { id, events } = this;
    const { status, error } = unwrap(await this.bough.api.GET('/v1/runs/{id}', { params: { path: { id } } }));
    const listed: number[] = [];
    const query = { limit: 100, order: 'asc' } as const;
    for await (const { sequence } of this.bough.list('/v1/runs/{id}/events', { path: { id }, query }))
      listed.push(sequence);
    return [
      ...(status === 'succeeded' ? [] : [`it is ${status} (${error?.message ?? 'no error'})`]),
      ...gaps('events listed', listed),
      ...gaps(
        'events followed',
        events.map(({ sequence }) => sequence),
      ),
      ...(events.length === listed.length
        ? []
        : [`${events.length} events were followed, ${listed.length} are listed`]),
    ];
  }

  /** How often it was taken up again. */
  get recoveries(): number {
    return this.events.filter(({ type }) => type === 'run.recovering').length;
  }

  private async follow(signal: AbortSignal): Promise<void> {
    for await (const event of this.bough.runEvents(this.id, { signal })) this.events.push(event);
  }
}
