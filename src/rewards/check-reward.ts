/** What is wrong with a reward that only trying it tells, before anything is scored by it. Not the checks of the contract: those are in `src/spec`. */
import type { SpecProblem } from '../spec/problem.js';
import { termsOf, type ResolvedRewardSpec, type RewardTerm } from '../spec/rewards/index.js';
import { needsEndpoint, NO_ENDPOINT } from './open-reward.js';
import { PythonReward } from './python.js';

/** A module that takes longer to load is refused. */
const LOADING_S = 5;

let last: Promise<unknown> = Promise.resolve();

/**
 * Loads the source of Python functions, one at a time in this process, since each takes a sandbox. Rejects when the sandbox cannot work.
 * @param config the operator's endpoint for judges that name none
 * @param reward null: there is none, and nothing is wrong with it
 */
export async function rewardFaults(
  reward: ResolvedRewardSpec | null,
  path: string,
  { judgeBaseUrl }: { readonly judgeBaseUrl: string | undefined },
): Promise<SpecProblem[]> {
  if (reward === null) return [];
  const faults = termsOf(reward, path).map((term) => termFaults(term, judgeBaseUrl !== undefined));
  return (await Promise.all(faults)).flat();
}

async function termFaults({ reward, path }: RewardTerm, hasEndpoint: boolean): Promise<SpecProblem[]> {
  if (!hasEndpoint && needsEndpoint(reward)) return [{ path: `${path}.base_url`, message: NO_ENDPOINT }];
  if (reward.type !== 'python') return [];
  const check = last.then(() => sourceProblem(reward));
  last = check.catch(() => undefined);
  const problem = await check;
  return problem === null ? [] : [{ path: `${path}.source`, message: problem }];
}

async function sourceProblem({ source, memory_mb: memoryMb }: { source: string; memory_mb: number }) {
  const reward = new PythonReward({ source, timeoutS: LOADING_S, memoryMb, threads: 1 });
  try {
    const text = await reward.problem(new AbortController().signal);
    return text === null ? null : inOneLine(text);
  } finally {
    await reward.close();
  }
}

/** `line 3: SyntaxError: invalid syntax` of a traceback. */
function inOneLine(traceback: string): string {
  const line = /.*line (\d+)/s.exec(traceback)?.[1];
  const error = traceback.slice(traceback.lastIndexOf('\n') + 1);
  return line === undefined ? error : `line ${line}: ${error}`;
}
