/** The losses that a policy is trained on, as graphs over its targets' log-probabilities. All per-target tensors are [P, 1]. */
import type { Node } from '../graph/node.js';
import {
  Add,
  Constant,
  Exp,
  Input,
  Maximum,
  Minimum,
  Mul,
  Neg,
  PickColumn,
  ReduceSum,
  Reshape,
  Sub,
  LogSoftmax,
} from '../graph/ops.js';

/** The policy loss with the terms that have a coefficient: a term left out costs no backward pass. */
export type LossKind = 'sft' | 'policy' | 'policy+kl' | 'policy+entropy' | 'policy+kl+entropy';

export interface TargetDistribution {
  /** log p(target) [P, 1]. */
  logprob: Node;
  /** Entropy of the distribution that the target was drawn from, whole vocabulary, nats [P, 1]. */
  entropy: Node;
}

/** From logits [P, V] and target ids int32 [P]. */
export function targetDistribution(logits_PV: Node, targetIds_P: Node): TargetDistribution {
  const logprobs_PV = LogSoftmax(logits_PV);
  return {
    logprob: PickColumn(logprobs_PV, targetIds_P),
    entropy: Neg(ReduceSum(Mul(Exp(logprobs_PV), logprobs_PV), [1])),
  };
}

function sumAll(x: Node): Node {
  return Reshape(ReduceSum(x, [0, 1]), []);
}

function clip(x: Node, low: Node, high: Node): Node {
  return Minimum(Maximum(x, low), high);
}

const perTarget = (name: string) => Input(name, ['P', 1]);
const scalar = (name: string) => Input(name, []);

export const losses: { readonly [K in LossKind]: (targets: TargetDistribution) => Node } = {
  /** −Σ weight · log p. */
  sft: ({ logprob }) => Neg(sumAll(Mul(perTarget('weights'), logprob))),
  policy: clippedObjective,
  'policy+kl': (targets) => Add(clippedObjective(targets), klTerm(targets, perTarget('weights'))),
  'policy+entropy': (targets) => Sub(clippedObjective(targets), entropyTerm(targets, perTarget('weights'))),
  'policy+kl+entropy': (targets) => {
    const weights = perTarget('weights');
    return Sub(Add(clippedObjective(targets), klTerm(targets, weights)), entropyTerm(targets, weights));
  },
};

/**
 * PPO's clipped objective (arXiv 1707.06347) with dual clip (arXiv 1912.09729) on unique tokens: r = exp(log p − old),
 * −Σ [A⁺ min(r, 1 + high) + A⁻ min(max(r, 1 − low), c)].
 * A⁺ and A⁻ sum the positive and the negative advantages of all trajectories through a token, which is exactly the loss of the separate copies.
 */
function clippedObjective({ logprob }: TargetDistribution): Node {
  const ratio = Exp(clip(Sub(logprob, perTarget('old_logprobs')), Constant(-20), Constant(20)));
  const gained = Mul(perTarget('positive'), Minimum(ratio, scalar('ratio_high')));
  const lost = Mul(perTarget('negative'), Minimum(Maximum(ratio, scalar('ratio_low')), scalar('ratio_cap')));
  return Neg(sumAll(Add(gained, lost)));
}

/**
 * coefficient · Σ weight · KL to a reference policy by Schulman's k3 estimator e^d − d − 1, d = reference − log p, both clipped as in verl so that a
 * far reference overflows nothing; the gradient is zero where a clip acts.
 */
function klTerm({ logprob }: TargetDistribution, weights: Node): Node {
  const d = clip(Sub(perTarget('reference_logprobs'), logprob), Constant(-20), Constant(20));
  const k3 = clip(Sub(Sub(Exp(d), d), Constant(1)), Constant(-10), Constant(10));
  return Mul(scalar('kl_coefficient'), sumAll(Mul(weights, k3)));
}

/** coefficient · Σ weight · H. */
function entropyTerm({ entropy }: TargetDistribution, weights: Node): Node {
  return Mul(scalar('entropy_coefficient'), sumAll(Mul(weights, entropy)));
}
