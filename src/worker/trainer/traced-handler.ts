/**
 * Puts what a trainer does into spans: phases, tool calls, scores, and for a run its steps. A step is a trace of its own that is linked to the run's, since a run may have
 * thousands, and no viewer shows a trace of a week. Everything that the worker does for the trainer is the affair of the handler within.
 */
import { context, ROOT_CONTEXT, trace, type Context, type Span } from '@opentelemetry/api';
import type { FrameArrays } from '../../protocol/frames.js';
import type { ScoreResult } from '../../protocol/messages.js';
import { traced, tracer } from '../../tracing/spans.js';
import type { StorableMessage, ToolAnswer, TrainerHandler, TrainerMessageOf } from './trainer-handler.js';

export class TracedHandler implements TrainerHandler {
  /** What the job's span is in. */
  private readonly job: Context;
  private step: { readonly number: number; readonly span: Span } | null = null;
  private phaseSpan: { readonly name: string; readonly span: Span } | null = null;

  /** To be made in the span of the job. @param hasSteps whether the trainer goes by steps, as training does */
  constructor(
    private readonly handler: TrainerHandler,
    private readonly hasSteps: boolean,
  ) {
    this.job = context.active();
  }

  onHello(hello: TrainerMessageOf<'hello'>): Promise<void> {
    return this.handler.onHello(hello);
  }

  phase(message: TrainerMessageOf<'phase'>): Promise<void> {
    this.enter(message);
    return this.within(() => this.handler.phase(message));
  }

  callTool(message: TrainerMessageOf<'tool_call'>, signal: AbortSignal): Promise<ToolAnswer> {
    const attributes = { 'bough.tool': message.tool, 'bough.call': message.call };
    return this.within(() =>
      traced('tool call', attributes, async (span) => {
        const answer = await this.handler.callTool(message, signal);
        span.setAttribute('bough.outcome', answer.outcome);
        return answer;
      }),
    );
  }

  score(message: TrainerMessageOf<'score'>, signal: AbortSignal): Promise<ScoreResult[]> {
    const attributes = { 'bough.example': message.example, 'bough.responses': message.responses.length };
    return this.within(() => traced('score', attributes, () => this.handler.score(message, signal)));
  }

  chat(message: TrainerMessageOf<'chat'>): void {
    this.handler.chat?.(message);
  }

  store(message: StorableMessage, arrays: FrameArrays): Promise<void> {
    if (message.type === 'step') this.countUsage(message);
    return this.within(() => this.handler.store(message, arrays));
  }

  /** The trainer has ended, and with it the step and the phase. */
  close(): void {
    this.leavePhase();
    this.leaveStep();
  }

  private enter({ phase, step }: TrainerMessageOf<'phase'>): void {
    // What comes before the first step, or before the first after a resumption, is no step.
    const number = this.hasSteps && phase !== 'preparing' ? step : null;
    const isNewStep = number !== null && this.step?.number !== number;
    if (!isNewStep && this.phaseSpan?.name === phase) return;
    this.leavePhase();
    if (isNewStep) {
      this.leaveStep();
      const run = trace.getSpanContext(this.job);
      const links = run ? [{ context: run }] : [];
      this.step = {
        number,
        span: tracer.startSpan('step', { root: true, links, attributes: { 'bough.step': number } }),
      };
    }
    this.phaseSpan = { name: phase, span: tracer.startSpan(`phase ${phase}`, {}, this.here()) };
  }

  private countUsage({ usage: { sampled_tokens, tool_calls, trained_tokens } }: TrainerMessageOf<'step'>): void {
    this.step?.span.setAttributes({
      'bough.sampled_tokens': sampled_tokens,
      'bough.tool_calls': tool_calls,
      'bough.trained_tokens': trained_tokens,
    });
  }

  private leavePhase(): void {
    this.phaseSpan?.span.end();
    this.phaseSpan = null;
  }

  private leaveStep(): void {
    this.step?.span.end();
    this.step = null;
  }

  private within<T>(work: () => T): T {
    return context.with(this.here(), work);
  }

  /** Not the phase: messages of one may come when the next has begun. */
  private here(): Context {
    return this.step ? trace.setSpan(ROOT_CONTEXT, this.step.span) : this.job;
  }
}
