/** Makes the reward that a spec asks for. A type of reward that has no row does not compile. */
import type { ResolvedRewardSpec, RewardType } from '../spec/rewards/index.js';
import { endpointUrl } from '../outgoing/endpoint-url.js';
import type { Outgoing } from '../outgoing/outgoing.js';
import { arpoReward } from './arpo.js';
import { scoreContains } from './contains.js';
import { scoreEach } from './each.js';
import { scoreEnvironment } from './environment.js';
import { scoreExactMatch } from './exact-match.js';
import { scoreF1 } from './f1.js';
import { HttpReward } from './http.js';
import { Chat } from './judge/chat.js';
import { answerVariables, fill } from './judge/fill.js';
import { judgeGroupReward } from './judge/judge-group.js';
import { judgeReward } from './judge/judge.js';
import { verdictReader } from './judge/verdict.js';
import { scoreLength } from './length-penalty.js';
import { MathReward } from './math/math.js';
import { rewardByFormula } from './multi.js';
import { scoreModelReward } from './openai/score-model.js';
import { scoreStringCheck } from './openai/string-check.js';
import { scoreTextSimilarity } from './openai/text-similarity.js';
import { scorePaperMetric } from './paper/paper-metric.js';
import { PythonReward } from './python.js';
import type { Reward } from './reward.js';
import type { KeptAnswers } from './server.js';
import { sumOfRewards } from './sum.js';
import { scoreToolUse } from './tool-use.js';

export interface RewardContext {
  /** Python programs that may run at the same time. */
  readonly pythonThreads: number;
  /** For rewards that ask a server. */
  readonly servers?: ServerContext;
}

export interface ServerContext {
  readonly outgoing: Outgoing;
  /** The operator's endpoint for judges that name none; null: there is none. */
  readonly judge: JudgeEndpoint | null;
  /** The values of the secrets that the spec names, by name. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Id of the run, the evaluation, the preview or the rescore that is scored. */
  readonly job: string;
  /** Answers of a server to the project; null: none are kept. */
  readonly keptOf: ((server: object) => KeptAnswers) | null;
}

export interface JudgeEndpoint {
  readonly baseUrl: string;
  /** Sent where the spec names no secret; null: nothing is. */
  readonly apiKey: string | null;
  readonly outgoing: Outgoing;
}

type Factory<T extends RewardType> = (spec: Extract<ResolvedRewardSpec, { type: T }>, context: RewardContext) => Reward;

const factories: { readonly [T in RewardType]: Factory<T> } = {
  arpo: ({ fidelity }) => scoreEach(arpoReward(fidelity)),
  exact_match: () => scoreEach(scoreExactMatch),
  contains: (spec) => scoreEach(scoreContains(spec)),
  f1: () => scoreEach(scoreF1),
  length_penalty: (spec) => scoreEach(scoreLength(spec)),
  environment: (spec) => scoreEach(scoreEnvironment(spec)),
  tool_use: (spec) => scoreEach(scoreToolUse(spec)),
  math: ({ comparison }) => new MathReward({ comparison, timeoutS: 3, memoryMb: 256 }),
  paper_metric: (spec) => scoreEach(scorePaperMetric(spec)),
  python: ({ source, timeout_s, memory_mb }, { pythonThreads }) =>
    new PythonReward({ source, timeoutS: timeout_s, memoryMb: memory_mb, threads: pythonThreads }),
  string_check: (spec) => scoreEach(scoreStringCheck(spec)),
  text_similarity: (spec) => scoreEach(scoreTextSimilarity(spec)),
  score_model: (spec, { servers }) => {
    const { input, range, sampling_params, pass_threshold = null } = spec;
    const { max_completions_tokens: limit, ...sampling } = sampling_params;
    const parameters = { ...sampling, ...(limit === undefined ? {} : { max_completion_tokens: limit }) };
    return scoreModelReward({ chat: chatOf(spec, parameters, servers), input, range, passThreshold: pass_threshold });
  },
  http: ({ url, secret, timeout_s, concurrency, cache }, { servers }) => {
    const { outgoing, secrets, job, keptOf } = given(servers);
    return new HttpReward({
      url: new URL(url),
      outgoing,
      secret: secretIn(secrets, secret),
      timeoutS: timeout_s,
      concurrency,
      cache,
      kept: keptOf?.({ type: 'http', url }) ?? null,
      job,
    });
  },
  judge: (spec, { servers }) => {
    const { system, prompt, verdict } = spec;
    const before = system === null ? [] : [{ role: 'system', content: system }];
    return judgeReward({
      name: 'judge',
      chat: chatOf(spec, samplingOf(spec), servers),
      messagesOf: (item) => [...before, { role: 'user', content: fill(prompt, answerVariables(item)) }],
      verdictOf: verdictReader(verdict),
    });
  },
  judge_group: (spec, { servers }) =>
    judgeGroupReward({ chat: chatOf(spec, samplingOf(spec), servers), rubric: spec.rubric }),
  multi: ({ graders, calculate_output }, context) =>
    rewardByFormula(
      Object.fromEntries(Object.entries(graders).map(([name, grader]) => [name, createReward(grader, context)])),
      calculate_output,
    ),
  sum: ({ terms, clamp }, context) =>
    sumOfRewards(
      terms.map((term) => ({ ...term, reward: createReward(term.reward, context) })),
      clamp,
    ),
};

type JudgeSpec = Extract<ResolvedRewardSpec, { base_url: string | null }>;

function chatOf(
  spec: JudgeSpec,
  sampling: Readonly<Record<string, unknown>>,
  servers: ServerContext | undefined,
): Chat {
  const { outgoing, secrets, judge, keptOf } = given(servers);
  const { base_url, model, secret, timeout_s, concurrency, cache } = spec;
  const endpoint = base_url === null ? judge : { baseUrl: base_url, apiKey: null, outgoing };
  if (!endpoint) throw new TypeError(`a ${spec.type} reward without base_url needs the operator’s endpoint`);
  const url = endpointUrl(endpoint.baseUrl, '/chat/completions');
  return new Chat({
    url,
    outgoing: endpoint.outgoing,
    secret: secretIn(secrets, secret) ?? endpoint.apiKey,
    timeoutS: timeout_s,
    concurrency,
    cache,
    kept: keptOf?.({ type: 'chat', url: url.href }) ?? null,
    parameters: { model, ...sampling },
  });
}

function samplingOf({ temperature, max_tokens, extra_body }: Extract<JudgeSpec, { extra_body: object }>) {
  return {
    ...(temperature === null ? {} : { temperature }),
    ...(max_tokens === null ? {} : { max_tokens }),
    ...extra_body,
  };
}

function secretIn(secrets: ReadonlyMap<string, string>, name: string | null): string | null {
  if (name === null) return null;
  const value = secrets.get(name);
  if (value === undefined) throw new TypeError(`the value of the secret ${name} is needed`);
  return value;
}

function given(servers: ServerContext | undefined): ServerContext {
  if (!servers) throw new TypeError('a reward that asks a server needs to know how to reach it');
  return servers;
}

/** Whoever makes a reward closes it. */
export function createReward(spec: ResolvedRewardSpec, context: RewardContext): Reward {
  return (factories[spec.type] as Factory<RewardType>)(spec, context);
}
