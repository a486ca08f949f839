/** What must hold of the records of a step, whatever the model is: found in the messages and their arrays alone. Each function answers what does not hold. */
import type { FrameArrays } from '../../src/protocol/frames.js';
import type { TrainerMessageOf } from '../../src/protocol/messages.js';

const OF_TOKENS = ['logprobs', 'entropies', 'advantages'] as const;

/** @param answered texts of the calls that were answered, by their ids */
export function treeFaults(
  { step, segments, trajectories }: TrainerMessageOf<'tree'>,
  arrays: FrameArrays,
  answered: ReadonlyMap<string, string>,
): string[] {
  const faults: string[] = [];
  const ids = arrays['token_ids'];
  if (!(ids instanceof Int32Array)) return ['the array token_ids is missing, or not of int32'];
  for (const name of OF_TOKENS) {
    const array = arrays[name];
    if (!(array instanceof Float32Array)) faults.push(`the array ${name} is missing, or not of float32`);
    else if (array.length !== ids.length) faults.push(`${name} has ${array.length} numbers for ${ids.length} tokens`);
  }
  if (faults.length > 0) return faults;
  let end = 0;
  for (const [i, segment] of segments.entries()) {
    const { parent, kind, start, length, tool } = segment;
    const at = `segment ${i}`;
    if (start !== end) faults.push(`${at} starts at ${start}, where the one before ends at ${end}`);
    end = start + length;
    if (parent === null ? kind !== 'prompt' : kind === 'prompt')
      faults.push(`${at} is a ${kind} with parent ${parent}`);
    if (parent !== null && (parent < 0 || parent >= i)) faults.push(`${at} comes before its parent ${parent}`);
    if ((tool !== null) !== (kind === 'tool'))
      faults.push(`${at} is a ${kind}, and its tool is ${tool?.name ?? 'null'}`);
    if (tool && answered.get(`${step}/${tool.call}`) !== tool.text)
      faults.push(`${at} has not what call ${tool.call} was answered`);
    if (kind === 'model') continue;
    const wrong = OF_TOKENS.find((name) => arrays[name]!.subarray(start, end).some((x) => x !== 0));
    if (wrong) faults.push(`${wrong} is not zero in ${at}, a ${kind}`);
  }
  if (end !== ids.length) faults.push(`the segments have ${end} tokens, token_ids ${ids.length}`);
  const policy = segments.flatMap(({ kind, start, length }) =>
    kind === 'model' ? [...arrays['logprobs']!.subarray(start, start + length)] : [],
  );
  if (policy.some((x) => !(x <= 1e-6))) faults.push('a log-probability is above 0 or no number');
  const parents = new Set(segments.map(({ parent }) => parent));
  for (const [i, { leaf, reward, reward_status: status, advantage }] of trajectories.entries()) {
    const at = `trajectory ${i}`;
    if (segments[leaf] === undefined || parents.has(leaf))
      faults.push(`${at} ends in segment ${leaf}, which is no leaf`);
    if ((status === 'scored') !== (reward !== null)) faults.push(`${at} is ${status} with reward ${reward}`);
    if (status === 'infra_error' && advantage !== null) faults.push(`${at} has no score and takes part in the update`);
  }
  return faults;
}

/** @param trees of the same step, by their places */
export function stepFaults(
  { updates, metrics }: TrainerMessageOf<'step'>,
  arrays: FrameArrays,
  trees: ReadonlyMap<number, TrainerMessageOf<'tree'>>,
): string[] {
  const faults = Object.entries(metrics).flatMap(([name, value]) =>
    Number.isFinite(value) ? [] : [`${name} is ${value}`],
  );
  for (const { update, segments, trees: taking } of updates) {
    const at = `update ${update}`;
    let end = 0;
    for (const { tree, segment, start, length } of segments) {
      const told = trees.get(tree)?.segments[segment];
      if (!taking.includes(tree)) faults.push(`${at} has a segment of tree ${tree}, which takes no part in it`);
      if (told?.kind !== 'model')
        faults.push(`${at} trains on segment ${segment} of tree ${tree}, which the policy did not write`);
      else if (told.length !== length)
        faults.push(`${at}: segment ${segment} of tree ${tree} has ${told.length} tokens, not ${length}`);
      if (start !== end) faults.push(`${at}: a segment starts at ${start}, where the one before ends at ${end}`);
      end = start + length;
    }
    for (const name of ['advantages', 'old_logprobs']) {
      const found = arrays[`${update}/${name}`]?.length ?? 0;
      if (found !== end) faults.push(`${update}/${name} has ${found} numbers for ${end} tokens`);
    }
  }
  return faults;
}
