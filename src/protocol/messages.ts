/**
 * The messages between worker and trainer, version 1. Pure data: framing is in `frames.ts`, the channel in `channel.ts`.
 *
 * The worker starts a trainer, sends one `start` and answers what the trainer asks (`tool_call`, `score`). The trainer says what it did;
 * messages listed in STORABLE must be stored by the worker and are acknowledged by their number (back-pressure).
 * Arrays travel as binary beside the JSON (little endian), named in each message's description.
 */
import { z } from 'zod';
import {
  CHECKPOINT_KINDS,
  EVENT_LEVELS,
  EXPORT_DTYPES,
  EXPORT_FORMATS,
  FINISH_REASONS,
  PHASES,
  REWARD_STATUSES,
  SEGMENT_KINDS,
} from '../spec/enums.js';
import { Provider } from '../spec/accelerator.js';
import { CallSyntax } from '../spec/prompt.js';
import { ResolvedRunSpec } from '../spec/run-spec.js';
import { ResolvedEvaluationSpec } from '../spec/evaluation-spec.js';
import { Architecture, ModelFacts } from '../spec/model-spec.js';
import { PreviewResult } from '../spec/preview.js';
import { ChatEvent, ChatRequest, RolloutSlot } from '../spec/chat.js';
import { TRAINER_FAILURE_CODES } from './failures.js';
import { ToolDefinition } from '../spec/tools/tool-definition.js';

export const PROTOCOL_VERSION = 1;

/** Where a resumed run goes on. */
export const ResumePoint = z
  .object({
    step: z.int().describe('Steps finished when the checkpoint was written.'),
    directory: z.string().describe('The training checkpoint, a Hugging Face directory plus training state.'),
  })
  .meta({ id: 'ResumePoint' });

/** What a model card says of a run's inputs, beyond their ids. */
export const Provenance = z
  .object({
    model: z.string().describe('The name of the model that the run starts from.'),
    base_model: z.string().nullable().describe('Where the weights first came from: a repository of Hugging Face.'),
    dataset: z.object({ name: z.string(), sha256: z.string() }),
    service_version: z.string(),
  })
  .meta({ id: 'Provenance' });
export type Provenance = z.infer<typeof Provenance>;

const CallLimits = z
  .record(z.string(), z.int())
  .describe('Of tools whose calls in one trajectory are limited: how many, by the name of the tool.');

/** A whole run, or what is left of it. Paths are local to the worker's machine. */
export const TrainJob = z
  .object({
    kind: z.literal('train'),
    run_id: z.string(),
    attempt: z.int(),
    spec: ResolvedRunSpec,
    model_directory: z.string(),
    reference_directory: z.string().nullable(),
    examples: z.string().describe('JSON Lines of `TrainingExample`, in dataset order.'),
    evaluation_examples: z
      .array(z.string())
      .describe('The same of each set of held-out questions, in the order of the spec.'),
    tools: z.array(ToolDefinition),
    call_limits: CallLimits,
    output_directory: z.string().describe('Checkpoints are written below it, one folder each.'),
    resume: ResumePoint.nullable(),
    usage: z
      .object({ tool_calls: z.number(), sampled_tokens: z.number(), wall_time_s: z.number() })
      .describe('Spent on training before this attempt; counts towards the budget. The time is that of all.'),
    provider: Provider,
    threads: z.int().describe('Intra-op threads of the processor; 0: the engine chooses.'),
    memory_bytes: z.number().optional().describe('What the operator lets a trainer use; else what the machine has.'),
    provenance: Provenance,
  })
  .meta({ id: 'TrainJob' });
export type TrainJob = z.infer<typeof TrainJob>;

/** One job for one trainer process. Paths are local to the worker's machine. */
export const Job = z
  .discriminatedUnion('kind', [
    TrainJob,
    z.object({
      kind: z.literal('preview'),
      preview_id: z.string(),
      run: TrainJob.describe('What would be trained. Nothing of it is kept.'),
    }),
    z.object({
      kind: z.literal('evaluate'),
      evaluation_id: z.string(),
      attempt: z.int(),
      spec: ResolvedEvaluationSpec,
      model_directory: z.string(),
      examples: z.string(),
      tools: z.array(ToolDefinition),
      call_limits: CallLimits,
      provider: Provider,
      threads: z.int(),
    }),
    z.object({
      kind: z.literal('create_model'),
      model_id: z.string(),
      architecture: Architecture,
      tokenizer: z.union([
        z.object({
          texts: z.array(z.string()).describe('Files of JSON strings, one text a line.'),
          vocab_size: z.int(),
          added_tokens: z.array(z.string()),
        }),
        z.object({ directory: z.string() }),
      ]),
      seed: z.int(),
      output_directory: z.string(),
      threads: z.int(),
    }),
    z.object({
      kind: z.literal('check_model'),
      model_id: z.string(),
      directory: z.string(),
      weights: z
        .boolean()
        .describe('False: they are not there yet, and only the configuration and the tokenizer are checked.'),
    }),
    z.object({
      kind: z.literal('export_model'),
      export_id: z.string(),
      model_directory: z.string().describe('A model, or a checkpoint with all that lies beside its model.'),
      format: z.enum(EXPORT_FORMATS),
      dtype: z.enum(EXPORT_DTYPES),
      origin: z
        .object({
          model: z.string().describe('Its id.'),
          name: z.string(),
          base_model: Provenance.shape.base_model,
          service_version: z.string(),
        })
        .describe('For the model card.'),
      output_directory: z.string(),
      threads: z.int(),
    }),
    z
      .object({
        kind: z.literal('serve'),
        model_directory: z.string(),
        calls: CallSyntax.nullable().describe(
          'As the run that made the checkpoint had it; null: as the chat template has it.',
        ),
        threads: z.int(),
      })
      .describe('Answers `chat` until it is told to close.'),
  ])
  .meta({ id: 'Job' });
export type Job = z.infer<typeof Job>;
export type PreviewJob = Extract<Job, { kind: 'preview' }>;
export type EvaluateJob = Extract<Job, { kind: 'evaluate' }>;
export type CreateModelJob = Extract<Job, { kind: 'create_model' }>;
export type CheckModelJob = Extract<Job, { kind: 'check_model' }>;
export type ExportModelJob = Extract<Job, { kind: 'export_model' }>;
export type ServeJob = Extract<Job, { kind: 'serve' }>;

export const Message = z.object({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string(),
  weight: z.literal(0).optional().describe("Of an assistant's message that is shown but not learnt."),
});
export type Message = z.infer<typeof Message>;

/** One line of an examples file. `index` is the example's place in its dataset and names it in every message. */
export const TrainingExample = z.object({
  index: z.int(),
  messages: z.array(Message).min(1),
  chosen: z
    .array(Message)
    .min(1)
    .optional()
    .describe('Of a pair, whose prompt is `messages`: the better answer to it.'),
  rejected: z.array(Message).min(1).optional().describe('Of a pair: the worse answer.'),
});
export type TrainingExample = z.infer<typeof TrainingExample>;

/** What the policy wrote, a call of it that was answered, or what the tool said. */
export const ResponsePart = z.object({
  kind: z.enum(['text', 'call', 'result']),
  text: z.string(),
  tool: z.string().nullable(),
});
export type ResponsePart = z.infer<typeof ResponsePart>;

const OUTCOMES = ['ok', 'program_error', 'infra_error'] as const;

export const ScoreResult = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('scored'),
    reward: z.number(),
    parts: z.record(z.string(), z.number()),
    flags: z.array(z.string()),
    answer: z.string().nullable(),
    format_valid: z.boolean(),
    exact_match: z.number().describe('1 when the extracted answer equals a reference after normalisation, else 0.'),
  }),
  z.object({ status: z.literal('infra_error'), message: z.string() }),
]);
export type ScoreResult = z.infer<typeof ScoreResult>;

/** Worker to trainer. */
export const WorkerMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('start'), version: z.int(), job: Job }),
  z
    .object({
      type: z.literal('tool_result'),
      call: z.string(),
      latency_ms: z.number(),
      outcome: z.enum([...OUTCOMES, 'to_summarise']),
      text: z.string(),
    })
    .describe(
      'Where the outcome is `to_summarise`, the text is what the policy is told to have it write the result: only for a tool whose spec has `pages.summary.by`.',
    ),
  z.object({ type: z.literal('scores'), request: z.int(), scores: z.array(ScoreResult) }),
  z.object({ type: z.literal('ack'), number: z.int() }),
  z.object({ type: z.literal('cancel'), reason: z.string() }),
  z
    .object({ type: z.literal('pause') })
    .describe('End a run after the step that is under way, with a checkpoint. Another job is not sent it.'),
  z
    .object({ type: z.literal('chat'), chat: ChatRequest })
    .describe('To a trainer that serves a model, or whose run has rollout.source external.'),
  z.object({ type: z.literal('chat_cancelled'), request: z.string() }).describe('Nobody waits for it any more.'),
  z
    .object({ type: z.literal('close') })
    .describe('To a trainer that serves a model: end when everything that was asked has been answered.'),
  z
    .object({
      type: z.literal('rollout_ended'),
      rollout: RolloutSlot,
      outcome: z.enum(['finished', 'infra_error']),
      reward: z.number().nullable().describe('null: none was given; of a finished one the reward of the run is asked.'),
      message: z.string().nullable().describe('Why it is an infra_error.'),
    })
    .describe('One of `rollouts_wanted`. Its agent asks nothing more.'),
]);
export type WorkerMessage = z.infer<typeof WorkerMessage>;

/**
 * One node of a trajectory tree. `start` and `length` index the tree's arrays; a segment whose parent is null is the prompt.
 * `forked` says that this segment is the first of a branch that left its parent after a tool result.
 */
export const SegmentRecord = z
  .object({
    parent: z.int().nullable().describe('Index into the tree’s segments.'),
    kind: z.enum(SEGMENT_KINDS),
    start: z.int(),
    length: z.int(),
    text: z.string(),
    forked: z.boolean(),
    entropy: z.number().nullable().describe('Mean entropy of the first k tokens of a model segment, nats.'),
    delta_entropy: z
      .number()
      .nullable()
      .describe('ΔH that decided on forks after the tool result before this model segment.'),
    branch_probability: z.number().nullable(),
    forks: z.object({ wanted: z.int(), granted: z.int(), decode_step: z.int() }).nullable(),
    tool: z
      .object({
        name: z.string(),
        input: z.string(),
        span: z
          .object({ start: z.int(), end: z.int() })
          .optional()
          .describe(
            'Where the call stands in the text of the last model segment before: UTF-16 code units, `end` not included. Without it the trajectory cannot be scored again.',
          ),
        call: z.string().describe('prompt/trajectory/number: what `tool_call` names, without the step.'),
        latency_ms: z.number(),
        outcome: z.enum(OUTCOMES),
        text: z.string(),
      })
      .nullable()
      .describe('Of a tool segment: the call that it answers.'),
  })
  .meta({ id: 'SegmentRecord' });
export type SegmentRecord = z.infer<typeof SegmentRecord>;

export const TrajectoryRecord = z
  .object({
    leaf: z.int().describe('Index of its last segment.'),
    finish_reason: z.enum(FINISH_REASONS),
    reward_status: z.enum(REWARD_STATUSES),
    reward: z.number().nullable(),
    parts: z.record(z.string(), z.number()),
    flags: z.array(z.string()),
    answer: z.string().nullable(),
    format_valid: z.boolean(),
    exact_match: z.number().nullable(),
    advantage: z.number().nullable().describe('Null when the trajectory takes no part in the update.'),
  })
  .meta({ id: 'TrajectoryRecord' });
export type TrajectoryRecord = z.infer<typeof TrajectoryRecord>;

export const UpdateRecord = z
  .object({
    update: z.int().describe('Number of the optimiser step within the run, from 1.'),
    epoch: z.int(),
    learning_rate: z.number(),
    loss_denominator: z.number(),
    loss: z.number(),
    grad_norm: z.number(),
    trees: z.array(z.int()).describe('Indices of the step’s trees, in the order of the batch.'),
    segments: z
      .array(z.object({ tree: z.int(), segment: z.int(), start: z.int(), length: z.int() }))
      .describe('Model segments in order; start and length index the arrays of this update.'),
    passes: z
      .array(z.object({ tokens: z.int(), dropout_seed: z.int().nullable() }))
      .describe('How the batch was cut: unique tokens of each part, and what names its dropout masks.'),
    examples: z
      .array(z.int())
      .optional()
      .describe('Of a supervised run, which has no trees: the examples of the batch.'),
  })
  .meta({ id: 'UpdateRecord' });
export type UpdateRecord = z.infer<typeof UpdateRecord>;

export const EvaluationItemRecord = z
  .object({
    example: z.int(),
    sample: z.int(),
    response: z.string(),
    finish_reason: z.enum(FINISH_REASONS),
    tool_calls: z.int(),
    model_tokens: z.int(),
    score: ScoreResult,
  })
  .meta({ id: 'EvaluationItemRecord' });
export type EvaluationItemRecord = z.infer<typeof EvaluationItemRecord>;

export const RolloutUsage = z
  .object({
    prompt_tokens: z.int(),
    sampled_tokens: z.int(),
    tool_calls: z.int(),
    tool_calls_linear_equivalent: z.int(),
  })
  .meta({ id: 'RolloutUsage' });
export type RolloutUsage = z.infer<typeof RolloutUsage>;

export const UsageDelta = RolloutUsage.extend({
  trained_tokens: z.int(),
  unique_tokens: z.int(),
  evaluation: RolloutUsage.describe('Of the held-out questions, which are in none of the other counts.'),
}).meta({ id: 'UsageDelta' });
export type UsageDelta = z.infer<typeof UsageDelta>;

/** Trainer to worker. */
export const TrainerMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    version: z.int(),
    capabilities: z
      .array(z.string())
      .describe(
        'Kinds of jobs that it does, `method:` with the names of the methods that it trains by, and `world_size:` with how many processes of a run it can place.',
      ),
    fingerprint: z
      .record(z.string(), z.string())
      .describe('Node, onnxruntime, CPU model and features, threads: what bit equality depends on.'),
  }),
  z.object({
    type: z.literal('phase'),
    phase: z.enum(PHASES),
    step: z.int(),
    steps: z.int(),
    fraction: z.number().nullable(),
  }),
  z.object({ type: z.literal('log'), level: z.enum(EVENT_LEVELS), message: z.string() }),
  z.object({ type: z.literal('heartbeat'), memory_bytes: z.number() }),
  z.object({
    type: z.literal('tool_call'),
    call: z.string().describe('step/prompt/trajectory/number: the journal key; the same in a resumed run.'),
    step: z.int(),
    tool: z.string(),
    input: z.string(),
    format: z
      .enum(['text', 'json'])
      .describe('What the input is: the text of a tool that takes one, or an object of arguments.'),
    previous: z.array(z.string()).describe('The calls before it in its trajectory, earliest first.'),
    example: z.int(),
  }),
  z.object({
    type: z.literal('score'),
    request: z.int(),
    dataset: z.string().describe('Id of the dataset that the example is of.'),
    example: z.int(),
    responses: z.array(z.array(ResponsePart)).describe('Answers to the example, to be scored together.'),
  }),
  z
    .object({
      type: z.literal('tree'),
      step: z.int(),
      tree: z.int().describe('Place of the prompt within the step.'),
      example: z.int(),
      begun: z
        .string()
        .optional()
        .describe(
          'What the prompt has begun of every answer, such as `<think>`; usually nothing. Without it the trajectories cannot be scored again.',
        ),
      segments: z.array(SegmentRecord),
      trajectories: z.array(TrajectoryRecord),
    })
    .describe(
      'Arrays: `token_ids` int32 of all segments; of the same length, float32, zero outside model segments: `logprobs`, `entropies`, and `advantages`, the A of each token under the attribution of the run.',
    ),
  z
    .object({
      type: z.literal('step'),
      step: z.int(),
      steps: z.int(),
      metrics: z.record(z.string(), z.number()),
      usage: UsageDelta,
      updates: z.array(UpdateRecord),
      estimated_seconds_left: z.number().nullable(),
    })
    .describe(
      'Arrays of each update u, float32, aligned with its `segments`: `u/advantages`, `u/old_logprobs`, and with a KL term in loss or reward `u/reference_logprobs`.',
    ),
  z
    .object({
      type: z.literal('rollouts_wanted'),
      step: z.int(),
      trees: z.array(z.object({ tree: z.int(), example: z.int() })),
      each: z.int().describe('Rollouts of each prompt.'),
    })
    .describe('Of a run with rollout.source external: what agents are to roll out before the step can go on.'),
  z
    .object({ type: z.literal('unfinished_step'), step: z.int(), usage: UsageDelta })
    .describe('What was spent on a step that will not be finished. Those of its trees that are not stored yet follow.'),
  z.object({
    type: z.literal('checkpoint'),
    step: z.int(),
    kind: z.enum(CHECKPOINT_KINDS),
    directory: z.string(),
    final: z.boolean(),
    metrics: z.record(z.string(), z.number()),
    best_step: z
      .int()
      .nullable()
      .describe('Of the best checkpoint of the run so far, this one or an earlier; null: none is kept for that.'),
  }),
  z.object({
    type: z.literal('evaluation_items'),
    items: z.array(EvaluationItemRecord),
    usage: RolloutUsage,
    done: z.int(),
    total: z.int(),
  }),
  z.object({ type: z.literal('chat'), events: z.array(ChatEvent) }).describe('What one decoding step has brought.'),
  z.object({ type: z.literal('preview_result'), result: PreviewResult }),
  z
    .object({ type: z.literal('model_facts'), facts: ModelFacts })
    .describe('What was made, or what was found fit for training.'),
  z.object({ type: z.literal('budget_reached'), budget: z.string(), used: z.number(), limit: z.number() }),
  z
    .object({
      type: z.literal('no_improvement'),
      step: z.int(),
      value: z.number(),
      evaluations: z.int(),
    })
    .describe('The run stops early: its best evaluation, and how many have come since the last improvement.'),
  z.object({ type: z.literal('done'), cancelled: z.boolean() }),
  z
    .object({ type: z.literal('paused') })
    .describe('The answer to `pause`: the run can go on from its last checkpoint.'),
  z.object({ type: z.literal('failed'), code: z.enum(TRAINER_FAILURE_CODES), message: z.string() }),
]);
export type TrainerMessage = z.infer<typeof TrainerMessage>;
export type TrainerMessageOf<T extends TrainerMessage['type']> = Extract<TrainerMessage, { type: T }>;

/** Messages that the worker stores before it acknowledges them; the trainer waits for the acknowledgement before it goes on past a step. */
export const STORABLE = [
  'tree',
  'step',
  'unfinished_step',
  'rollouts_wanted',
  'checkpoint',
  'evaluation_items',
  'model_facts',
  'preview_result',
  'budget_reached',
  'no_improvement',
  'log',
] as const satisfies readonly TrainerMessage['type'][];
export type StorableMessage = Extract<TrainerMessage, { type: (typeof STORABLE)[number] }>;
