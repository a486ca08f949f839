/** Supervised fine-tuning. Samples nothing: it calls no tools, and has no reward and no evaluation. */
import { z } from 'zod';
import { acceleratorProblems } from '../accelerator.js';
import { overlay } from '../overlay.js';
import type { SpecProblem } from '../problem.js';
import { adapterInput, adapterResolved, resolveAdapter } from '../run/adapter.js';
import { commonInput, commonResolved, resolveCommon } from '../run/common.js';
import { OPTIMIZER, rateWarnings } from '../run/optimizer.js';
import { batchFields } from '../run/training.js';
import { ResolvedToolSpec, resolveTool, ToolSpecInput, toolProblems } from '../tools/index.js';
import { idleFields, refusedFields, type WithoutEffect } from '../without-effect.js';
import { OPTIMIZER_FIELDS } from './idle-fields.js';
import { schemaName, type BuiltMethod } from './method.js';

const positiveInt = z.int().min(1);

const trainingFields = {
  dataset_epochs: z.number().positive().max(1000).nullable(),
  steps: positiveInt.max(10_000_000).nullable(),
  batch_size: positiveInt
    .max(65_536)
    .describe('Rows of max_length tokens per optimiser step when packing, else examples.'),
  max_length: z.int().min(8).max(1_000_000).describe("At most the model's context."),
  pack: z.boolean().describe('Fill each row with several examples that do not see each other.'),
  ...batchFields,
};

const NAME = 'sft';
const SUMMARY = 'Supervised: the loss is on what the assistant wrote; also the cold start before the others.';
const method = z.literal(NAME).describe(SUMMARY);
const TOOLS =
  'What the demonstrations call. Nothing is called: with `prompt.tool_syntax` chat the prompts list these tools, and evaluations of the checkpoints have them.';

const Input = z
  .strictObject({
    method,
    ...commonInput,
    tools: z.array(ToolSpecInput).max(16).optional().describe(TOOLS),
    training: z
      .strictObject({ ...trainingFields, adapter: adapterInput })
      .partial()
      .meta({ id: 'SupervisedTrainingSpec' })
      .optional(),
  })
  .meta({ id: `${schemaName(NAME)}RunSpec` });

const Resolved = z
  .strictObject({
    method,
    ...commonResolved,
    // Specs that were stored before there were any have none.
    tools: z.array(ResolvedToolSpec).default([]).describe(TOOLS),
    training: z
      .strictObject({ ...trainingFields, adapter: adapterResolved })
      .meta({ id: 'ResolvedSupervisedTrainingSpec' }),
  })
  .meta({ id: `Resolved${schemaName(NAME)}RunSpec` });

type SupervisedSpec = z.infer<typeof Resolved>;

const DEFAULTS: Pick<SupervisedSpec, 'optimizer' | 'training' | 'checkpoint'> = {
  optimizer: { ...OPTIMIZER, learning_rate: 1e-5, schedule: 'cosine' },
  training: {
    dataset_epochs: 1,
    steps: null,
    batch_size: 16,
    max_length: 1024,
    pack: true,
    shuffle: true,
    max_batch_tokens: 16_384,
    adapter: null,
  },
  checkpoint: { every_steps: 500, keep: 3 },
};

const FIELDS: readonly WithoutEffect<SupervisedSpec>[] = [
  {
    fields: ['budget.tool_calls', 'budget.sampled_tokens'],
    when: () => true,
    why: 'an sft run samples nothing; use wall_time_s',
    isRefused: true,
  },
  ...OPTIMIZER_FIELDS,
];

function resolve({ training, tools = [], ...input }: z.infer<typeof Input>): SupervisedSpec {
  const byEpochs = training?.steps == null;
  return {
    method: NAME,
    ...resolveCommon(input, DEFAULTS),
    tools: tools.map(resolveTool),
    training: overlay(
      { ...DEFAULTS.training, dataset_epochs: byEpochs ? DEFAULTS.training.dataset_epochs : null },
      { ...training, adapter: resolveAdapter(training?.adapter) },
    ),
  };
}

export const sft: BuiltMethod<typeof NAME, z.infer<typeof Input>, SupervisedSpec> & { readonly family: 'supervised' } =
  {
    name: NAME,
    title: 'supervised fine-tuning on what the assistant wrote',
    summary: SUMMARY,
    arxiv: null,
    built: true,
    family: 'supervised',
    datasetKind: 'sft',
    input: Input,
    resolved: Resolved,
    ignored: (input) => refusedFields(FIELDS, input, resolve),
    resolve,
    problems({ accelerator, prompt, tools, training: { steps, dataset_epochs: epochs } }): SpecProblem[] {
      const problems = [...acceleratorProblems(accelerator), ...toolProblems(tools)];
      if (prompt.tool_syntax === 'chat' && tools.length === 0) {
        problems.push({
          path: 'tools',
          message: 'with tool_syntax chat the prompts list tools: name those that the demonstrations call',
        });
      }
      if (steps === null && epochs === null) {
        problems.push({ path: 'training.steps', message: 'give steps or dataset_epochs' });
      }
      if (steps !== null && epochs !== null) {
        problems.push({ path: 'training.dataset_epochs', message: 'give either steps or dataset_epochs, not both' });
      }
      return problems;
    },
    extent: ({ training }) => ({ path: 'training.max_length', tokens: training.max_length, hasPrompt: false }),
    warnings(input) {
      const { optimizer, training } = resolve(input);
      return [...rateWarnings(optimizer, training.steps), ...idleFields(FIELDS, input, resolve)];
    },
  };
