/** What the paper reports (arXiv 2507.19849v1, tables 1 to 3): the figures of a benchmark beside the models and methods that they are of. */

export interface PaperFigure {
  /** The model that was trained or asked. */
  readonly backbone: string;
  readonly method: string;
  /** Percent, at pass@1 unless the method says otherwise. */
  readonly value: number;
}

type Column<Methods extends readonly string[]> = { readonly [K in keyof Methods]: number };

const REASONING_METHODS = ['direct', 'TIR prompt', 'GRPO', 'REINFORCE++', 'DAPO', 'ARPO'] as const;
type Reasoning = Column<typeof REASONING_METHODS>;

/** The columns of tables 1 and 2: for each model the figures of all methods, in the order of the paper. */
export function reasoningFigures(qwen3B: Reasoning, llama8B: Reasoning, qwen7B: Reasoning): PaperFigure[] {
  return [
    ...figuresOf('Qwen2.5-3B', REASONING_METHODS, qwen3B),
    ...figuresOf('Llama3.1-8B', REASONING_METHODS, llama8B),
    ...figuresOf('Qwen2.5-7B', REASONING_METHODS, qwen7B),
  ];
}

const SEARCH_METHODS_8B = ['direct', 'ReAct', 'GRPO', 'ARPO'] as const;
const SEARCH_METHODS_14B = ['direct', 'WebThinker', 'GRPO', 'ARPO'] as const;

/** The columns of table 3, deep search. */
export function searchFigures(
  qwen8B: Column<typeof SEARCH_METHODS_8B>,
  qwen14B: Column<typeof SEARCH_METHODS_14B>,
): PaperFigure[] {
  return [...figuresOf('Qwen3-8B', SEARCH_METHODS_8B, qwen8B), ...figuresOf('Qwen3-14B', SEARCH_METHODS_14B, qwen14B)];
}

function figuresOf(backbone: string, methods: readonly string[], values: readonly number[]): PaperFigure[] {
  return methods.map((method, i) => ({ backbone, method, value: values[i] ?? NaN }));
}
