import { describe, expect, test } from 'vitest';
import type { TrainJob } from '../../protocol/messages.js';
import { resolveRunSpec, type RunSpecInput } from '../../spec/run-spec.js';
import { checkpointCard } from './checkpoint-card.js';

const sha256 = 'ab'.repeat(32);

function job(input: Partial<RunSpecInput>, provenance: Partial<TrainJob['provenance']> = {}): TrainJob {
  return {
    kind: 'train',
    run_id: 'run_1',
    attempt: 1,
    spec: resolveRunSpec({ method: 'arpo', model: 'mdl_1', dataset: 'ds_1', seed: 5, ...input } as RunSpecInput),
    model_directory: '/tmp/model',
    reference_directory: null,
    examples: '/tmp/examples',
    evaluation_examples: [],
    tools: [],
    call_limits: {},
    output_directory: '/tmp/checkpoints',
    resume: null,
    usage: { tool_calls: 0, sampled_tokens: 0, wall_time_s: 0 },
    provider: 'cpu',
    threads: 1,
    provenance: {
      model: 'small',
      base_model: 'HuggingFaceTB/SmolLM2-135M-Instruct',
      dataset: { name: 'countries', sha256 },
      service_version: '0.1.0',
      ...provenance,
    },
  };
}
const progress = {
  step: 20,
  steps: 100,
  metrics: { 'reward/mean': 0.123456789, 'time/sample_s': 3, 'tools/python/latency_ms_p50': 9 },
};

describe('the model card of a checkpoint', () => {
  test('has front matter that the hub understands', () => {
    const card = checkpointCard(job({}), progress);
    const [, front] = card.split('---\n');
    expect(front?.split('\n')).toEqual([
      'base_model: "HuggingFaceTB/SmolLM2-135M-Instruct"',
      'library_name: transformers',
      'pipeline_tag: text-generation',
      'tags:',
      '  - bough',
      '  - arpo',
      '  - reinforcement-learning',
      '',
    ]);
  });

  test('says from what, on what and how it was trained', () => {
    const card = checkpointCard(
      job({ name: 'multi-hop', method: 'arpo', tools: [{ type: 'python' }], rollout: { group_size: 6 } }),
      progress,
    );
    for (const said of [
      '# multi-hop, step 20\n',
      '| base model | HuggingFaceTB/SmolLM2-135M-Instruct (as `mdl_1`, small) |',
      `| dataset | countries (\`ds_1\`, sha256 \`${sha256}\`) |`,
      '| steps | 20 of 100 |',
      'group_size 6, ',
      'learning_rate 0.000001',
      '| tools | python (runtime wasm, timeout_s 10, memory_mb 256) |',
      '| seed | 5 |',
      '| service | Bough 0.1.0 |',
      '| reward/mean | 0.12346 |',
    ]) {
      expect(card).toContain(said);
    }
  });

  test('leaves out what depends on the machine, so that the same run has the same card', () => {
    const card = checkpointCard(job({}), progress);
    expect(card).not.toMatch(/time\/|latency|\/tmp/);
  });

  test('quotes the system message, which belongs to the prompt that was trained on', () => {
    const card = checkpointCard(job({ prompt: { system: 'Think.\nThen act.' } }), progress);
    expect(card).toContain('## System message\n\n    Think.\n    Then act.\n');
  });

  test('names no base model that the hub does not have, and survives names with table signs in them', () => {
    const provenance = { base_model: null, model: 'a | b\nc', dataset: { name: '|', sha256 } };
    const card = checkpointCard(job({ method: 'sft' }, provenance), { step: 1, steps: 1, metrics: {} });
    expect(card).not.toContain('base_model:');
    expect(card).toContain(String.raw`| base model | a \| b c (${'`mdl_1`'}) |`);
    expect(card).not.toContain('reinforcement');
  });
});
