/** Makes a reward with what it needs of its process: secrets, the way to servers, the operator's endpoint. */
import { AppError } from '../errors/app-error.js';
import type { AddressGuard } from '../outgoing/address-guard.js';
import { Outgoing } from '../outgoing/outgoing.js';
import { secretsOf, termsOf, type ResolvedRewardSpec, type RewardTerm } from '../spec/rewards/index.js';
import { createReward, type JudgeEndpoint, type RewardContext, type ServerContext } from './create-reward.js';
import type { Reward } from './reward.js';
import { BoundedReward } from './bounded-reward.js';

export interface RewardSurroundings
  extends Pick<RewardContext, 'pythonThreads'>, Pick<ServerContext, 'job' | 'judge' | 'keptOf'> {
  readonly guard: AddressGuard;
  /** Rejects for a secret that is not usable. */
  readonly secretValue: (name: string) => Promise<string>;
}

/** @throws {AppError} INPUT_FAILED for a secret, an address or an endpoint that is not usable */
export async function openReward(
  spec: ResolvedRewardSpec,
  { pythonThreads, guard, secretValue, ...servers }: RewardSurroundings,
): Promise<Reward> {
  const outgoing = new Outgoing(guard);
  for (const { reward } of termsOf(spec)) {
    const refuse = (reason: string): never => {
      throw new AppError('INPUT_FAILED', { object: 'reward', id: reward.type, reason });
    };
    if (!servers.judge && needsEndpoint(reward)) refuse(NO_ENDPOINT);
    const url = 'url' in reward ? reward.url : 'base_url' in reward ? reward.base_url : null;
    if (url !== null) await outgoing.check(new URL(url)).catch(({ message }: Error) => refuse(message));
  }
  const secrets = new Map<string, string>();
  for (const { name } of secretsOf(spec)) secrets.set(name, await secretValue(name));
  return new BoundedReward(createReward(spec, { pythonThreads, servers: { ...servers, outgoing, secrets } }));
}

/** Whether a reward asks the operator's endpoint. */
export const needsEndpoint = (reward: RewardTerm['reward']): boolean =>
  'base_url' in reward && reward.base_url === null;

/** Why a judge cannot be asked. */
export const NO_ENDPOINT =
  'it names no endpoint, and the operator has named none: give base_url, or have the operator set JUDGE_BASE_URL';

/** The endpoint that the operator has named, wherever it lies; null: none. */
export function judgeEndpoint(
  { judgeBaseUrl, judgeApiKey }: { judgeBaseUrl: string | undefined; judgeApiKey: string | undefined },
  guard: AddressGuard,
): JudgeEndpoint | null {
  if (judgeBaseUrl === undefined) return null;
  const outgoing = new Outgoing(guard, new URL(judgeBaseUrl).hostname);
  return { baseUrl: judgeBaseUrl, apiKey: judgeApiKey ?? null, outgoing };
}
