/** What the methods that learn from given examples have in common: fields, defaults, and what contradicts itself. They sample nothing: no tools, no reward, no evaluation. */
import { z } from 'zod';
import { acceleratorProblems } from '../accelerator.js';
import type { DatasetKind } from '../enums.js';
import { overlay, type Given } from '../overlay.js';
import type { SpecProblem } from '../problem.js';
import { PROMPT_FIELDS, tagProblems } from '../prompt.js';
import { adapterInput, adapterResolved, resolveAdapter } from '../run/adapter.js';
import { commonInput, commonResolved, resolveCommon } from '../run/common.js';
import { rateWarnings, type OptimizerSpec } from '../run/optimizer.js';
import { batchFields } from '../run/training.js';
import { callableNames, ResolvedToolSpec, resolveTool, ToolSpecInput, toolProblems } from '../tools/index.js';
import { idleFields, refusedFields, type WithoutEffect } from '../without-effect.js';
import { OPTIMIZER_FIELDS } from './idle-fields.js';
import { schemaName, type Method } from './method.js';

const positiveInt = z.int().min(1);

const TOOLS =
  'What the examples call. Nothing is called: with `prompt.tool_syntax` chat the prompts list these tools, and evaluations of the checkpoints have them.';
const toolsInput = z.array(ToolSpecInput).max(16).optional().describe(TOOLS);
const toolsResolved = z.array(ResolvedToolSpec).describe(TOOLS);

export const supervisedFields = {
  dataset_epochs: z.number().positive().max(1000).nullable(),
  steps: positiveInt.max(10_000_000).nullable(),
  max_length: z.int().min(8).max(1_000_000).describe("At most the model's context."),
  ...batchFields,
};

/** Of `training`, besides the adapter. */
type SharedTraining = z.infer<z.ZodObject<typeof supervisedFields>>;

type Training<Fields extends z.ZodRawShape> = z.infer<z.ZodObject<Fields>> & SharedTraining;
type Common = z.infer<z.ZodObject<typeof commonResolved>>;

type SupervisedInput<Name extends string, Fields extends z.ZodRawShape> = {
  method: Name;
  tools?: z.infer<typeof toolsInput>;
  training?: (Given<Training<Fields>> & { adapter?: z.infer<typeof adapterInput> | undefined }) | undefined;
} & z.infer<z.ZodObject<typeof commonInput>>;

type SupervisedSpec<Name extends string, Fields extends z.ZodRawShape> = {
  method: Name;
  tools: z.infer<typeof toolsResolved>;
  training: Training<Fields> & { adapter: z.infer<typeof adapterResolved> };
} & Common;

interface SupervisedMethod<Name extends string, Fields extends z.ZodRawShape> {
  readonly name: Name;
  readonly title: string;
  readonly summary: string;
  readonly arxiv: string | null;
  readonly datasetKind: DatasetKind;
  /** All of `training` but the adapter. */
  readonly fields: Fields & typeof supervisedFields;
  readonly defaults: {
    readonly optimizer: OptimizerSpec;
    readonly training: Training<Fields>;
    readonly checkpoint: Common['checkpoint'];
  };
}

/** The row of a method that learns from what is given. */
export function supervisedMethod<const Name extends string, Fields extends z.ZodRawShape>({
  name,
  title,
  summary,
  arxiv,
  datasetKind,
  fields,
  defaults,
}: SupervisedMethod<Name, Fields>): Method<Name, SupervisedInput<Name, Fields>, SupervisedSpec<Name, Fields>> & {
  readonly family: 'supervised';
} {
  const method = z.literal(name).describe(summary);
  const own = schemaName(name);
  const input = z
    .strictObject({
      method,
      ...commonInput,
      tools: toolsInput,
      training: z
        .strictObject({ ...fields, adapter: adapterInput })
        .partial()
        .meta({ id: `${own}TrainingSpec` })
        .optional(),
    })
    .meta({ id: `${own}RunSpec` });
  const resolved = z
    .strictObject({
      method,
      ...commonResolved,
      tools: toolsResolved,
      training: z.strictObject({ ...fields, adapter: adapterResolved }).meta({ id: `Resolved${own}TrainingSpec` }),
    })
    .meta({ id: `Resolved${own}RunSpec` });
  const withoutEffect: readonly WithoutEffect<Common>[] = [
    {
      fields: ['budget.tool_calls', 'budget.sampled_tokens'],
      when: () => true,
      why: `a run of method ${name} samples nothing; use wall_time_s`,
      isRefused: true,
    },
    ...PROMPT_FIELDS,
    ...OPTIMIZER_FIELDS,
  ];
  const resolve = ({ training, tools = [], ...rest }: SupervisedInput<Name, Fields>): SupervisedSpec<Name, Fields> => {
    const byEpochs = training?.steps == null;
    const filled = { ...defaults.training, dataset_epochs: byEpochs ? defaults.training.dataset_epochs : null };
    const { adapter, ...given } = training ?? {};
    return {
      method: name,
      ...resolveCommon(rest, defaults),
      tools: tools.map(resolveTool),
      training: { ...overlay<object>(filled, given), adapter: resolveAdapter(adapter) },
    } as SupervisedSpec<Name, Fields>;
  };
  return {
    name,
    title,
    summary,
    arxiv,
    family: 'supervised',
    datasetKind,
    // The compiler does not spread a generic shape.
    input: input as unknown as z.ZodType<SupervisedInput<Name, Fields>>,
    resolved: resolved as unknown as z.ZodType<SupervisedSpec<Name, Fields>>,
    ignored: (given) => refusedFields(withoutEffect, given, resolve),
    resolve,
    problems: ({ accelerator, prompt, tools, training }) => [
      ...acceleratorProblems(accelerator),
      ...toolProblems(tools),
      ...tagProblems(prompt, callableNames(tools)),
      ...(prompt.tool_syntax === 'chat' && tools.length === 0 ? [NO_TOOLS] : []),
      ...lengthProblems(training),
    ],
    extent: ({ training }) => ({ path: 'training.max_length', tokens: training.max_length, hasPrompt: false }),
    warnings(given) {
      const { optimizer, training } = resolve(given);
      return [...rateWarnings(optimizer, training.steps), ...idleFields(withoutEffect, given, resolve)];
    },
  };
}

const NO_TOOLS: SpecProblem = {
  path: 'tools',
  message: 'with tool_syntax chat the prompts list tools: name those that the examples call',
};

function lengthProblems({ steps, dataset_epochs: epochs }: SharedTraining): SpecProblem[] {
  if (steps === null && epochs === null) {
    return [{ path: 'training.steps', message: 'give steps or dataset_epochs' }];
  }
  if (steps !== null && epochs !== null) {
    return [{ path: 'training.dataset_epochs', message: 'give either steps or dataset_epochs, not both' }];
  }
  return [];
}
