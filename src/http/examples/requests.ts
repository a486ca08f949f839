/** Requests to copy and change, by operation and by name: in the OpenAPI document, and tested. The ids are of objects that a project would have. */

/** Answers by operation, status and media type. */
export type AnswerExamples = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;

export interface Example {
  readonly summary: string;
  readonly value: unknown;
}

const MODEL = 'mdl_01m8h0b0x5e8ka7v3s2c6q9d4f';
const CHECKPOINT = 'ckpt_01m8h0b0x5e8ka7v3s2c6q9d4g';
const QUESTIONS = 'ds_01m8h0b0x5e8ka7v3s2c6q9d4h';
const HELD_OUT = 'ds_01m8h0b0x5e8ka7v3s2c6q9d4q';
const CORPUS = 'ds_01m8h0b0x5e8ka7v3s2c6q9d4j';
const DEMONSTRATIONS = 'ds_01m8h0b0x5e8ka7v3s2c6q9d4k';
const PREFERENCES = 'ds_01m8h0b0x5e8ka7v3s2c6q9d4m';
const EVALUATIONS = ['eval_01m8h0b0x5e8ka7v3s2c6q9d4n', 'eval_01m8h0b0x5e8ka7v3s2c6q9d4p'];

const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
const trained = { method: 'arpo', model: MODEL, dataset: QUESTIONS };
const search = { type: 'search', corpus: CORPUS, top_k: 3 };
const judge = { base_url: 'https://api.openai.com/v1', model: 'gpt-4.1-mini', secret: 'openai' };

const RUNS: Readonly<Record<string, Example>> = {
  arpo: {
    summary: 'ARPO with search over a corpus and Python, evaluated on held-out questions',
    value: {
      ...trained,
      name: 'multi-hop questions',
      tools: [search, { type: 'python' }],
      reward: { type: 'arpo' },
      rollout: { group_size: 8, initial: 4, max_response_tokens: 512, tool_call_limit: 3 },
      training: { steps: 50, prompts_per_step: 8 },
      optimizer: { learning_rate: 1e-5 },
      evaluation: { dataset: HELD_OUT, every_steps: 5 },
      checkpoint: { every_steps: 10, keep: 3 },
    },
  },
  sft: {
    summary: 'A cold start from demonstrations that call tools',
    value: {
      method: 'sft',
      model: MODEL,
      dataset: DEMONSTRATIONS,
      tools: [search, { type: 'python' }],
      training: { steps: 500 },
    },
  },
  dpo: {
    summary: 'Preferences between pairs of answers',
    value: { method: 'dpo', model: MODEL, dataset: PREFERENCES, training: { steps: 200 } },
  },
  grpo_with_chat_tools: {
    summary: 'GRPO of a Qwen-style model that calls the tools of an MCP server in its own format',
    value: {
      ...trained,
      method: 'grpo',
      prompt: { tool_syntax: 'chat' },
      tools: [
        {
          type: 'mcp',
          url: 'https://tools.example.com/mcp',
          allow: ['get_weather'],
          secret: 'mcp',
          cache: 'read_write',
        },
      ],
      reward: { type: 'judge', ...judge },
      training: { adapter: { type: 'lora', rank: 16 } },
    },
  },
  external_agent: {
    summary: 'GRPO of the policy behind an agent of yours, which calls it as an OpenAI client and is given its rewards',
    value: {
      ...trained,
      method: 'grpo',
      rollout: { source: 'external', group_size: 8, max_prompt_tokens: 4096, max_response_tokens: 512, timeout_s: 300 },
      training: { steps: 50, prompts_per_step: 4 },
    },
  },
  http_tool: {
    summary: 'A tool and a reward that servers of yours carry out',
    value: {
      ...trained,
      tools: [
        {
          type: 'http',
          name: 'weather',
          description: 'The weather in a city.',
          parameters: CITY,
          url: 'https://example.com/weather',
          secret: 'weather',
        },
      ],
      reward: { type: 'http', url: 'https://example.com/score', secret: 'scorer' },
    },
  },
  environment: {
    summary: 'Episodes on an OpenEnv server of yours, which rewards them',
    value: {
      ...trained,
      tools: [
        {
          type: 'environment',
          name: 'guess',
          description: 'Guesses a number from 0 to 99.',
          url: 'https://example.com/guess',
          episodes: 64,
        },
      ],
      reward: { type: 'environment', tool: 'guess' },
    },
  },
  hybrid_search: {
    summary: 'Search of a corpus by words and by embeddings of a model of yours',
    value: {
      ...trained,
      tools: [
        {
          ...search,
          retrieval: 'hybrid',
          embeddings: {
            base_url: 'https://embeddings.example.com/v1',
            model: 'intfloat/e5-base-v2',
            secret: 'embeddings',
            query_prefix: 'query: ',
            document_prefix: 'passage: ',
          },
        },
      ],
    },
  },
  web_search: {
    summary: 'Search of the web with the pages that it finds, and programs on the worker’s own Python',
    value: {
      ...trained,
      tools: [
        {
          type: 'search',
          provider: 'brave',
          secret: 'brave',
          top_k: 5,
          pages: { summary: { by: 'policy', max_tokens: 256 } },
          daily_calls: 2000,
          cache: 'read_write',
        },
        { type: 'python', runtime: 'host', memory_mb: 1024 },
      ],
      integrations: [
        {
          type: 'mlflow',
          url: 'https://mlflow.example.com',
          experiment: 'agents',
          trajectories: { every_steps: 10, count: 4 },
        },
      ],
    },
  },
};

/** A grader of each type: `grader` of an evaluation and of a rescore, `reward` of a run. */
const GRADERS: Readonly<Record<string, Example>> = {
  arpo: { summary: 'The paper’s own', value: { type: 'arpo' } },
  exact_match: { summary: 'The answer’s words are a reference’s', value: { type: 'exact_match' } },
  f1: { summary: 'How far the words overlap', value: { type: 'f1' } },
  contains: { summary: 'A reference occurs in it', value: { type: 'contains', within: 'response' } },
  math: { summary: 'Equal as mathematics', value: { type: 'math' } },
  paper_metric: {
    summary: 'As the paper’s evaluation computes it',
    value: { type: 'paper_metric', metric: 'f1', task: 'qa' },
  },
  tool_use: { summary: 'For one to three searches', value: { type: 'tool_use', tool: 'search', max: 3 } },
  length_penalty: {
    summary: 'For answers that are too long',
    value: { type: 'length_penalty', max: 4000, buffer: 1000 },
  },
  judge: { summary: 'A language model says whether it is right', value: { type: 'judge', ...judge } },
  judge_group: {
    summary: 'A language model ranks all answers to a prompt',
    value: { type: 'judge_group', ...judge, rubric: 'Prefer answers that are right, and of those the shorter ones.' },
  },
  python: {
    summary: 'A function of yours',
    value: { type: 'python', source: "def score(item):\n  return float(item['answer'] == item['reference'])" },
  },
  http: { summary: 'A server of yours', value: { type: 'http', url: 'https://example.com/score', secret: 'scorer' } },
  sum: {
    summary: 'A weighted sum',
    value: {
      type: 'sum',
      terms: [{ reward: { type: 'f1' } }, { reward: { type: 'tool_use' }, weight: 0.1 }],
      clamp: { max: 1 },
    },
  },
  string_check: {
    summary: 'A grader of OpenAI’s',
    value: {
      type: 'string_check',
      name: 'capital',
      input: '{{sample.output_text}}',
      reference: '{{item.reference}}',
      operation: 'ilike',
    },
  },
};

const each = (examples: Readonly<Record<string, Example>>, bodyOf: (value: unknown, name: string) => unknown) =>
  Object.fromEntries(
    Object.entries(examples).map(([name, { summary, value }]) => [name, { summary, value: bodyOf(value, name) }]),
  );

const capital = {
  question: 'What is the capital of Peru?',
  response: '<think>I know it.</think><answer>\\boxed{Lima}</answer>',
  reference: 'Lima',
};
const half = {
  question: 'What is 1 / 4 + 1 / 4?',
  response: '<answer>\\boxed{0.5}</answer>',
  reference: '\\frac{1}{2}',
};
const searched = {
  ...capital,
  response: [
    { kind: 'call', text: '<search>capital of Peru</search>', tool: 'search' },
    { kind: 'result', text: 'Lima is the capital of Peru.', tool: 'search' },
    { kind: 'text', text: '<answer>\\boxed{Lima}</answer>' },
  ],
};
/** Of graders for which one answer without calls says nothing. */
const ANSWERED: Readonly<Record<string, readonly unknown[]>> = {
  math: [half],
  tool_use: [searched],
  sum: [searched],
  judge_group: [capital, { ...capital, response: 'Lima' }],
};

export const REQUEST_EXAMPLES: Readonly<Record<string, Readonly<Record<string, Example>>>> = {
  createKey: { reader: { summary: 'A key that reads', value: { name: 'dashboard', scopes: ['read'] } } },
  createProjectKey: { writer: { summary: 'A key of a team', value: { name: 'team', scopes: ['read', 'write'] } } },
  createProject: {
    limited: {
      summary: 'A project with limits',
      value: { name: 'search team', limits: { active_runs: 4, stored_bytes: 100_000_000_000 } },
    },
  },
  changeProject: { limits: { summary: 'Other limits', value: { limits: { requests_per_minute: 600 } } } },
  putSecret: { api_key: { summary: 'The key of a provider', value: { name: 'openai', value: 'sk-0123456789' } } },
  createModel: {
    huggingface: {
      summary: 'From the Hugging Face Hub',
      value: { name: 'smollm2', source: { type: 'huggingface', repo: 'HuggingFaceTB/SmolLM2-135M-Instruct' } },
    },
    random: {
      summary: 'New weights, and a tokenizer trained on a dataset',
      value: {
        source: {
          type: 'random',
          architecture: { layers: 6, hidden_size: 192, heads: 6, ffn_size: 512, max_positions: 512 },
          tokenizer: { train: { dataset: DEMONSTRATIONS, vocab_size: 1024 } },
        },
      },
    },
  },
  createRun: RUNS,
  previewRun: RUNS,
  resumeRun: { checkpoint: { summary: 'From an earlier checkpoint', value: { checkpoint_id: CHECKPOINT } } },
  rescoreRun: { f1: { summary: 'By another grader', value: { grader: { type: 'f1' }, from_step: 10 } } },
  createExport: {
    onnx: { summary: 'For transformers.js and onnxruntime-genai', value: { model: CHECKPOINT, format: 'onnx' } },
    huggingface: { summary: 'For transformers and vLLM', value: { model: CHECKPOINT, format: 'huggingface' } },
  },
  createEvaluation: {
    checkpoint: {
      summary: 'A checkpoint; tools, grader and limits are those of its run',
      value: { checkpoint: CHECKPOINT, dataset: QUESTIONS, sampling: { samples: 4 } },
    },
    benchmark: {
      summary: 'A benchmark of the paper, with a judge',
      value: { checkpoint: CHECKPOINT, benchmark: 'gsm8k', dataset: QUESTIONS, grader: { type: 'judge', ...judge } },
    },
    model: {
      summary: 'A model, with tools',
      value: { model: MODEL, dataset: QUESTIONS, tools: [search, { type: 'python' }], grader: { type: 'f1' } },
    },
  },
  compareEvaluations: {
    two: { summary: 'Two of the same questions', value: { a: EVALUATIONS[0], b: EVALUATIONS[1] } },
  },
  validateGrader: each(GRADERS, (grader) => ({ grader })),
  runGrader: each(GRADERS, (grader, name) => ({ grader, items: ANSWERED[name] ?? [capital] })),
  createWebhook: {
    ends: {
      summary: 'When runs end',
      value: { url: 'https://example.com/hooks', secret: 'hooks', events: ['run.succeeded', 'run.failed'] },
    },
  },
  rewardRollout: { half: { summary: 'Half of what it could have been worth', value: { reward: 0.5 } } },
  createRollout: { next: { summary: 'The next that the run wants', value: {} } },
  finishRollout: {
    reward: { summary: 'With its reward', value: { reward: 1 } },
    error: { summary: 'Its agent could not work', value: { error: 'the browser has crashed' } },
  },
  createRolloutChatCompletion: {
    agent: {
      summary: 'As any agent asks',
      value: { model: 'gpt-4.1-mini', messages: [{ role: 'user', content: 'What is 1285 + 756?' }] },
    },
  },
  createChatCompletion: {
    streamed: {
      summary: 'Streamed',
      value: { model: CHECKPOINT, messages: [{ role: 'user', content: 'What is 1285 + 756?' }], stream: true },
    },
    tools: {
      summary: 'With a tool of the client’s',
      value: {
        model: MODEL,
        messages: [{ role: 'user', content: 'How warm is it in Lima?' }],
        tools: [
          {
            type: 'function',
            function: {
              name: 'weather',
              description: 'The weather in a city.',
              parameters: CITY,
            },
          },
        ],
        max_tokens: 128,
      },
    },
  },
};
