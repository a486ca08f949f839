/** Methods that the contract names and this version refuses. One that is built moves to a file of its own. */
import type { PlannedMethod } from './method.js';

const planned = <const Name extends string>(
  name: Name,
  arxiv: string,
  title: string,
  summary: string,
): PlannedMethod<Name> => ({ name, arxiv, title, summary, built: false });

export const PLANNED = [
  planned(
    'dapo',
    '2503.14476',
    'DAPO, Decoupled Clip and Dynamic Sampling Policy Optimization',
    'GRPO with a higher upper clip, groups without spread replaced by new prompts, and a penalty for overlong responses.',
  ),
  planned(
    'gspo',
    '2507.18071',
    'GSPO, Group Sequence Policy Optimization',
    "GRPO with one importance ratio, and one clip, for each trajectory's whole response.",
  ),
  planned(
    'cispo',
    '2506.13585',
    'CISPO, Clipped Importance Sampling Policy Optimization',
    'Clips the importance weight, so that clipped tokens keep their gradient.',
  ),
  planned(
    'dr_grpo',
    '2503.20783',
    'Dr. GRPO, GRPO Done Right',
    'GRPO without the division by the standard deviation and by the length of responses.',
  ),
  planned(
    'reinforce++',
    '2501.03262',
    'REINFORCE++',
    'Advantages are normalised over the whole batch, with the KL penalty in the reward.',
  ),
  planned(
    'rloo',
    '2402.14740',
    'RLOO, REINFORCE Leave-One-Out',
    "The baseline of a trajectory is the mean reward of its group's others.",
  ),
  planned(
    'aepo',
    '2510.14545',
    'AEPO, Agentic Entropy-Balanced Policy Optimization',
    'ARPO with a number of first rollouts that depends on entropy, and fewer forks in a row.',
  ),
  planned(
    'gigpo',
    '2505.10978',
    'GiGPO, Group-in-Group Policy Optimization',
    'GRPO with a second advantage for each step, among steps from the same state.',
  ),
  planned(
    'dpo',
    '2305.18290',
    'DPO, Direct Preference Optimization',
    'Learns from pairs of a better and a worse response; samples nothing.',
  ),
] as const;
