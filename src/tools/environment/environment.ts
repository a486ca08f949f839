/**
 * A user's environment: each trajectory is an episode on its server, each call a step. An episode cannot be copied, so where a trajectory forked, or its
 * episode is open no longer, the calls before are played again in a new one with the same seed; their results have to be what they were.
 */
import { createHash } from 'node:crypto';
import { bearer } from '../../outgoing/bearer.js';
import { get, refusalOf } from '../../outgoing/post.js';
import { persistently } from '../../outgoing/passing-failure.js';
import { Turns } from '../../outgoing/turns.js';
import { withoutSecrets } from '../../outgoing/without-secrets.js';
import { timeLimit } from '../../outgoing/time-limit.js';
import type { ArgumentsCheck } from '../../spec/tools/arguments-check.js';
import { timelyCheck } from '../timely-check.js';
import type { Tool, ToolCall, ToolDefinition, ToolOutcome } from '../tool.js';
import { ActionRefused, Episode, routeOf, type EpisodeServer } from './episode.js';
import { shownStep, stepIn } from './step-result.js';

export interface EnvironmentOptions extends EpisodeServer {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an action; null: the server says. */
  readonly parameters: Readonly<Record<string, unknown>> | null;
  /** Of a call, with waiting for a free episode and playing one again. */
  readonly timeoutS: number;
  /** That are open at the same time. */
  readonly episodes: number;
  /** What the run was told of its tools when it began; null: it begins now. */
  readonly pinned: readonly ToolDefinition[] | null;
}

/** A call that was answered, and what has to come out when it is played again. */
interface Played {
  /** Null: it only showed how the episode begins. */
  readonly action: Readonly<Record<string, unknown>> | null;
  readonly digest: string;
  readonly done: boolean;
  /** The call before it in its episode; null: it is the first. */
  readonly before: string | null;
}

/** Longer than a model takes from one call to the next; what comes later is played again. */
const IDLE_MS = 60_000;
/** Calls that are remembered, of all trajectories; the oldest are forgotten. */
const MAX_PLAYED = 50_000;
const MAX_SCHEMA_BYTES = 2 ** 18;

const ENDED = 'The episode has ended.';
const BEGUN = 'The episode has begun already.';

export class EnvironmentTool implements Tool {
  readonly definitions: readonly ToolDefinition[];
  private readonly check: ArgumentsCheck;
  private readonly played = new Map<string, Played>();
  /** Open episodes that nobody plays, by their last call, the one that has waited longest first. */
  private readonly idle = new Map<Episode, { at: string; timer: NodeJS.Timeout }>();
  private readonly turns: Turns;
  private readonly closing = new AbortController();

  private constructor(
    private readonly options: EnvironmentOptions,
    parameters: Readonly<Record<string, unknown>>,
  ) {
    const { name, description, episodes } = options;
    const begins = { type: 'object', properties: {}, additionalProperties: false };
    this.definitions = [
      { name, description, parameters },
      { name: `${name}_reset`, description: `Shows how the episode of ${name} begins. Takes {}.`, parameters: begins },
    ];
    this.check = timelyCheck(parameters);
    this.turns = new Turns(episodes);
  }

  /** @throws {Error} saying why the server cannot be used */
  static async open(options: EnvironmentOptions, signal: AbortSignal): Promise<EnvironmentTool> {
    const { url, outgoing, name, pinned } = options;
    await outgoing.check(url);
    const known = pinned?.find((one) => one.name === name)?.parameters ?? options.parameters;
    return new EnvironmentTool(options, known ?? (await actionSchema(options, signal)));
  }

  async call(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const { name, timeoutS, url } = this.options;
    const isStep = call.name === name;
    const problem = isStep ? this.check(call.arguments) : null;
    if (problem !== null) return { kind: 'program_error', text: `${name}: ${problem}` };
    const before = call.previous.findLast((id) => this.played.has(id)) ?? null;
    if (before !== null && this.played.get(before)?.done) return { kind: 'program_error', text: ENDED };
    if (before !== null && !isStep) return { kind: 'program_error', text: BEGUN };
    const { signal: limited, end } = timeLimit(timeoutS, signal, this.closing.signal);
    const action = isStep ? call.arguments : null;
    try {
      const outcome = await this.turns.take(() => this.play({ ...call, before, action }, limited), limited);
      this.remember(call.id, outcome, action, before);
      return outcome;
    } catch (error) {
      signal.throwIfAborted();
      const late = this.closing.signal.aborted ? 'it was closed' : `${url.host} did not answer within ${timeoutS} s`;
      return {
        kind: 'infra_error',
        message: `${call.name}: ${limited.aborted ? late : this.shown((error as Error).message)}`,
      };
    } finally {
      end();
    }
  }

  /** So that what comes after it is played in the same episode, played again. */
  recall(call: ToolCall, outcome: ToolOutcome): void {
    if (outcome.kind === 'infra_error') return;
    // What the environment has not seen has changed nothing in it.
    const isStep = call.name === this.options.name;
    if (isStep && this.check(call.arguments) !== null) return;
    if (outcome.text === ENDED || outcome.text === BEGUN) return;
    const before = call.previous.findLast((id) => this.played.has(id)) ?? null;
    this.remember(call.id, outcome, isStep ? call.arguments : null, before);
  }

  async close(): Promise<void> {
    this.closing.abort();
    for (const episode of this.idle.keys()) this.taken(episode).close();
  }

  private async play(
    { id, before, action, example }: ToolCall & Pick<Played, 'before' | 'action'>,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    const { episode, first } = await this.episodeAfter(before, example, signal);
    try {
      const outcome = await this.outcomeOf(episode, action, before === null ? first : null, signal);
      const isOver = outcome.kind === 'ok' && stepIn(outcome.text)?.done;
      if (isOver || this.closing.signal.aborted) episode.close();
      else this.rest(episode, id);
      return outcome;
    } catch (error) {
      episode.close();
      throw error;
    }
  }

  /** An open episode that stands behind this call, or a new one that is brought there; null: one that has just begun. */
  private async episodeAfter(
    before: string | null,
    seed: number,
    signal: AbortSignal,
  ): Promise<{ episode: Episode; first: string }> {
    const open = before === null ? undefined : [...this.idle].find(([, { at }]) => at === before)?.[0];
    if (open) this.taken(open);
    if (open?.isOpen) return { episode: open, first: '' };
    this.makePlace();
    const limitMs = this.options.timeoutS * 1000;
    const begin = () => Episode.begin(this.options, seed, signal);
    const { episode, first: step } = await persistently(begin, { limitMs, signal });
    const first = shownStep(step);
    try {
      for (const { action, digest, before: earlier } of this.upTo(before)) {
        const { text } = await this.outcomeOf(episode, action, earlier === null ? first : null, signal);
        if (digestOf(text) !== digest)
          throw new Error(
            'played again with the same seed, the episode went otherwise: it has to depend on seed and actions alone',
          );
      }
      return { episode, first };
    } catch (error) {
      episode.close();
      throw error;
    }
  }

  /** @param first what the episode began with, where the model has not seen it */
  private async outcomeOf(
    episode: Episode,
    action: Played['action'],
    first: string | null,
    signal: AbortSignal,
  ): Promise<Exclude<ToolOutcome, { kind: 'infra_error' }>> {
    if (action === null) return { kind: 'ok', text: this.shown(first ?? '') };
    try {
      return { kind: 'ok', text: this.shown(shownStep(await episode.step(action, signal))) };
    } catch (error) {
      if (!(error instanceof ActionRefused)) throw error;
      return { kind: 'program_error', text: this.shown(`${this.options.name}: ${error.message}`) };
    }
  }

  /** The calls of an episode up to this one, earliest first. */
  private upTo(last: string | null): Played[] {
    const calls: Played[] = [];
    for (let id = last; id !== null; id = calls[0]?.before ?? null) {
      const call = this.played.get(id);
      if (!call) throw new Error('the episode is so long ago that its calls are forgotten');
      calls.unshift(call);
    }
    return calls;
  }

  private remember(id: string, outcome: ToolOutcome, action: Played['action'], before: string | null): void {
    if (outcome.kind === 'infra_error') return;
    const done = outcome.kind === 'ok' && stepIn(outcome.text)?.done === true;
    this.played.set(id, { action, digest: digestOf(outcome.text), done, before });
    const [oldest] = this.played.size > MAX_PLAYED ? this.played.keys() : [];
    if (oldest !== undefined) this.played.delete(oldest);
  }

  /** Closes the episodes that have waited longest, until there is room for one more beside those that are played. */
  private makePlace(): void {
    while (this.idle.size > 0 && this.idle.size + this.turns.taken > this.options.episodes) {
      const [longest] = this.idle.keys();
      if (longest) this.taken(longest).close();
    }
  }

  private rest(episode: Episode, at: string): void {
    const timer = setTimeout(() => this.taken(episode).close(), IDLE_MS);
    timer.unref();
    this.idle.set(episode, { at, timer });
  }

  private taken(episode: Episode): Episode {
    clearTimeout(this.idle.get(episode)?.timer);
    this.idle.delete(episode);
    return episode;
  }

  private shown(text: string): string {
    const { secret } = this.options;
    return secret === null ? text : withoutSecrets(text, [secret]);
  }
}

const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64');

/** What the server says an action is, without the field for metadata that every one has. */
async function actionSchema(
  { url, secret, outgoing, timeoutS }: EnvironmentOptions,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const at = routeOf(url, 'schema');
  const headers = () => ({
    accept: 'application/json',
    ...bearer(secret),
  });
  const answer = await get({ outgoing, url: at, headers, timeoutS, maxBytes: MAX_SCHEMA_BYTES }, signal);
  if (!answer.ok) throw new Error(`${refusalOf(at, answer)}; give the parameters`);
  const schema = schemaIn(answer.text);
  if (!schema) throw new Error(`${at.host} does not say at ${at.pathname} what an action is; give the parameters`);
  const { properties, ...rest } = schema;
  const { metadata: _, ...own } = (properties ?? {}) as Record<string, unknown>;
  return { ...rest, properties: own };
}

function schemaIn(text: string): Record<string, unknown> | null {
  try {
    const { action } = JSON.parse(text) as { action?: unknown };
    return typeof action === 'object' && action !== null && !Array.isArray(action)
      ? (action as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
