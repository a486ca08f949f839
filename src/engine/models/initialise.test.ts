import { expect, test } from 'vitest';
import { parseHfConfig } from './config.js';
import { initialParameters } from './initialise.js';

const config = parseHfConfig({
  model_type: 'qwen2',
  vocab_size: 100,
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 3,
  num_attention_heads: 4,
});
const parameters = initialParameters(config, 11);
const deviation = (name: string) => {
  const { data } = parameters.get(name)!;
  return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
};

test.each([
  ['model.embed_tokens.weight', 0.1],
  ['lm_head.weight', 1 / 8],
  ['model.layers.0.self_attn.q_proj.weight', 1 / 8],
  ['model.layers.2.mlp.up_proj.weight', 1 / 8],
  ['model.layers.1.self_attn.o_proj.weight', 1 / 8 / Math.sqrt(6)],
  ['model.layers.1.mlp.down_proj.weight', 1 / Math.sqrt(96 * 6)],
  ['model.layers.1.post_attention_layernorm.weight', 1],
  ['model.norm.weight', 1],
  ['model.layers.0.self_attn.k_proj.bias', 0],
])('%s has root mean square %f', (name, expected) => {
  expect(Math.abs(deviation(name) - expected)).toBeLessThanOrEqual(0.05 * expected);
});

test('the same seed gives the same parameters, another seed others', () => {
  const name = 'model.layers.0.mlp.gate_proj.weight';
  expect(initialParameters(config, 11).get(name)).toEqual(parameters.get(name));
  expect(initialParameters(config, 12).get(name)!.data[0]).not.toBe(parameters.get(name)!.data[0]);
});
