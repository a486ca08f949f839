import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parameterShapes, parseHfConfig, ropeInverseFrequencies, toHfConfig } from './config.js';

const llamaTiny = JSON.parse(readFileSync('test/golden/llama-tiny/config.json', 'utf8')) as Record<string, unknown>;
const qwen3 = {
  architectures: ['Qwen3ForCausalLM'],
  model_type: 'qwen3',
  attention_bias: false,
  dtype: 'float32',
  eos_token_id: [2, 3],
  head_dim: 12,
  hidden_act: 'silu',
  hidden_size: 32,
  intermediate_size: 48,
  layer_types: ['full_attention', 'full_attention'],
  max_position_embeddings: 512,
  num_attention_heads: 4,
  num_hidden_layers: 2,
  num_key_value_heads: 1,
  pad_token_id: null,
  rms_norm_eps: 1e-6,
  rope_parameters: { rope_type: 'default', rope_theta: 1e6 },
  sliding_window: null,
  use_sliding_window: false,
  vocab_size: 96,
};
const llama3Scaling = { factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64 };

describe('parseHfConfig', () => {
  test('reads the form of transformers 4', () => {
    expect(parseHfConfig(llamaTiny)).toEqual({
      family: 'llama',
      vocabSize: 200,
      hiddenSize: 48,
      layers: 2,
      heads: 4,
      kvHeads: 2,
      headDim: 12,
      ffnSize: 96,
      rmsNormEps: 1e-5,
      ropeTheta: 10000,
      ropeScaling: null,
      tieEmbeddings: true,
      qkvBias: false,
      qkNorm: false,
      maxPositions: 512,
      eosTokenIds: [2],
      bosTokenId: 1,
      padTokenId: null,
    });
  });

  test('reads the form of transformers 5', () => {
    expect(parseHfConfig(qwen3)).toMatchObject({
      family: 'qwen3',
      headDim: 12,
      ropeTheta: 1e6,
      qkNorm: true,
      eosTokenIds: [2, 3],
      tieEmbeddings: false,
    });
  });

  test.each([
    ['transformers 4', { rope_theta: 500000, rope_scaling: { rope_type: 'llama3', ...llama3Scaling } }],
    ['transformers 5', { rope_parameters: { rope_theta: 500000, rope_type: 'llama3', ...llama3Scaling } }],
  ])('reads the rotary scaling of Llama 3 in the form of %s', (_, rope) => {
    const { rope_theta: _theta, ...rest } = llamaTiny;
    expect(parseHfConfig({ ...rest, ...rope })).toMatchObject({
      ropeTheta: 500000,
      ropeScaling: { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 64 },
    });
  });

  test('leaves an inactive sliding window alone', () => {
    const inactive = { ...qwen3, model_type: 'qwen2', architectures: ['Qwen2ForCausalLM'], sliding_window: 512 };
    expect(parseHfConfig(inactive)).toMatchObject({ family: 'qwen2', qkvBias: true });
    expect(parseHfConfig({ ...inactive, use_sliding_window: true, max_window_layers: 2 })).toMatchObject({ layers: 2 });
  });

  test.each([
    [{ model_type: 'mistral' }, '"model_type" "mistral" is not supported'],
    [
      { architectures: ['LlamaForSequenceClassification'] },
      'architecture ["LlamaForSequenceClassification"] is not supported',
    ],
    [{ quantization_config: { quant_method: 'gptq' } }, '"quantization_config" ("gptq") is not supported'],
    [{ compression_config: { format: 'int-quantized' } }, '"compression_config" is not supported: save the weights'],
    [{ auto_map: { AutoModelForCausalLM: 'modeling_own.Own' } }, '"auto_map": models with code of their own'],
    [{ num_local_experts: 8 }, '"num_local_experts": mixture of experts'],
    [{ hidden_act: 'gelu' }, '"hidden_act" "gelu" is not supported'],
    [{ attention_bias: true }, '"attention_bias" is not supported in llama'],
    [{ mlp_bias: true }, '"mlp_bias" is not supported'],
    [{ layer_types: ['full_attention', 'sliding_attention'] }, '"layer_types" has "sliding_attention"'],
    [{ rope_scaling: { type: 'yarn', factor: 4 } }, '"rope_scaling" of type "yarn" is not supported'],
    [{ rope_parameters: { full_attention: { rope_theta: 1 } } }, '"rope_parameters" per layer type'],
    [{ rope_scaling: { rope_type: 'llama3', factor: 8 } }, '"low_freq_factor" is missing'],
    [{ partial_rotary_factor: 0.5 }, '"partial_rotary_factor"'],
    [{ hidden_size: undefined }, '"hidden_size" is missing'],
    [{ vocab_size: 1.5 }, '"vocab_size" must be an integer'],
    [{ num_hidden_layers: '2' }, '"num_hidden_layers" must be a positive number, not "2"'],
    [{ num_hidden_layers: 1e9 }, '"num_hidden_layers" must be at most 1000, not 1000000000'],
    [{ num_key_value_heads: 3 }, 'must be a multiple of "num_key_value_heads"'],
    [{ head_dim: 5 }, '"head_dim" must be even'],
    [{ eos_token_id: 'x' }, '"eos_token_id" has "x", not a token id: write a whole number, or null for none'],
    [{ eos_token_id: [[2]] }, '"eos_token_id" has [2], not a token id'],
    [{ bos_token_id: true }, '"bos_token_id" has true, not a token id'],
    [{ pad_token_id: 1.5 }, '"pad_token_id" has 1.5, not a token id'],
    [{ pad_token_id: -2 }, '"pad_token_id" has -2, not a token id'],
    [{ model_type: undefined }, '"model_type" is missing'],
    [{ tie_word_embeddings: 'false' }, '"tie_word_embeddings" must be true or false, not "false"'],
    [{ hidden_size: 1e9 }, '"hidden_size" must be at most 131072, not 1000000000'],
    [{ vocab_size: 2 ** 40 }, '"vocab_size" must be at most 16777216'],
    [{ num_hidden_layers: -1 }, '"num_hidden_layers" must be a positive number, not -1'],
    [{ head_dim: null, hidden_size: 50 }, '"hidden_size" must be a multiple of "num_attention_heads"'],
  ])('refuses %j by name', (change, message) => {
    expect(() => parseHfConfig({ ...llamaTiny, ...change })).toThrow(message);
  });

  test.each([
    [
      { pad_token_id: -1, bos_token_id: -1, eos_token_id: -1 },
      { padTokenId: null, bosTokenId: null, eosTokenIds: [] },
    ],
    [
      { pad_token_id: null, eos_token_id: null },
      { padTokenId: null, eosTokenIds: [] },
    ],
    [
      { eos_token_id: [2, -1, 3], pad_token_id: 2.0 },
      { eosTokenIds: [2, 3], padTokenId: 2 },
    ],
  ])('reads %j as transformers does: -1 is no token', (change, expected) => {
    expect(parseHfConfig({ ...llamaTiny, ...change })).toMatchObject(expected);
  });

  test.each([null, [], 'llama', 7])('refuses %j, which is no configuration', (json) => {
    expect(() => parseHfConfig(json)).toThrow('config.json: must be a JSON object');
  });

  test('refuses an active sliding window', () => {
    expect(() =>
      parseHfConfig({ ...qwen3, sliding_window: 64, use_sliding_window: true, max_window_layers: 1 }),
    ).toThrow('"use_sliding_window"');
  });
});

test.each([llamaTiny, qwen3, { ...llamaTiny, rope_scaling: { rope_type: 'llama3', ...llama3Scaling } }])(
  'toHfConfig is read back as the same configuration (%#)',
  (json) => {
    const config = parseHfConfig(json);
    const written = toHfConfig(config, 'bfloat16');
    expect(parseHfConfig(JSON.parse(JSON.stringify(written)))).toEqual(config);
    expect(written['torch_dtype']).toBe('bfloat16');
  },
);

test('parameterShapes names what each family has', () => {
  const llama = parameterShapes(parseHfConfig(llamaTiny));
  expect(llama.size).toBe(2 + 2 * 9);
  expect(llama.get('model.layers.1.self_attn.k_proj.weight')).toEqual([24, 48]);
  expect(llama.has('lm_head.weight')).toBe(false);
  const qwen = parameterShapes(parseHfConfig(qwen3));
  expect(qwen.get('model.layers.0.self_attn.q_norm.weight')).toEqual([12]);
  expect(qwen.get('model.layers.0.self_attn.o_proj.weight')).toEqual([32, 48]);
  expect(qwen.get('lm_head.weight')).toEqual([96, 32]);
  const qwen2 = parameterShapes(parseHfConfig({ ...qwen3, model_type: 'qwen2', architectures: [] }));
  expect([...qwen2.keys()].filter((name) => name.startsWith('model.layers.0.') && name.endsWith('.bias'))).toEqual(
    ['q', 'k', 'v'].map((p) => `model.layers.0.self_attn.${p}_proj.bias`),
  );
});

describe('ropeInverseFrequencies', () => {
  test('is base to the power of -2i/d', () => {
    const frequencies = ropeInverseFrequencies(parseHfConfig(llamaTiny));
    expect(frequencies).toHaveLength(6);
    expect([...frequencies]).toEqual([0, 1, 2, 3, 4, 5].map((i) => 1 / 10000 ** (i / 6)));
  });

  // From the formula of transformers' _compute_llama3_parameters in NumPy, float64.
  test('stretches long wavelengths as Llama 3 does', () => {
    const scaled = {
      ...llamaTiny,
      head_dim: 12,
      rope_theta: 500000,
      rope_scaling: { rope_type: 'llama3', ...llama3Scaling },
    };
    const expected = [
      1.0, 0.018723196287486383, 0.0015749013123685918, 0.00017677669529663688, 1.9842513149602502e-5,
      2.227246795350847e-6,
    ];
    ropeInverseFrequencies(parseHfConfig(scaled)).forEach((frequency, i) =>
      expect(frequency).toBeCloseTo(expected[i]!, 14),
    );
  });
});
