import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { parseHfConfig } from '../models/config.js';
import { exportedConfig, exportedGenerationConfig } from './exported-config.js';
import type { Json } from './read-json.js';

const source = JSON.parse(await readFile('test/golden/llama-tiny/config.json', 'utf8')) as Json;

describe('exportedConfig', () => {
  test('keeps what other programs read in the source, and says itself what the engine knows', () => {
    const given: Json = {
      ...source,
      initializer_range: 0.04,
      is_llama_config: true,
      'transformers.js_config': { kv_cache_dtype: { fp16: 'float16' } },
      pad_token_id: 7,
      vocab_size: 1,
    };
    const config = { ...parseHfConfig(source), padTokenId: 3 };
    expect(exportedConfig(config, 'bfloat16', given)).toMatchObject({
      initializer_range: 0.04,
      is_llama_config: true,
      'transformers.js_config': { kv_cache_dtype: { fp16: 'float16' } },
      pad_token_id: 3,
      vocab_size: config.vocabSize,
      torch_dtype: 'bfloat16',
    });
  });

  test('leaves out what another field replaces, and what names other code', () => {
    const given: Json = {
      ...source,
      _name_or_path: '/home/me/model',
      auto_map: { AutoModel: 'code.Model' },
      dtype: 'float64',
      rope_parameters: { rope_type: 'default', rope_theta: 5 },
      tokenizer_class: 'LlamaTokenizer',
    };
    const config = parseHfConfig({ ...source, rope_parameters: { rope_type: 'default', rope_theta: 5 } });
    const exported = exportedConfig(config, 'float16', given);
    for (const field of ['_name_or_path', 'auto_map', 'dtype', 'rope_parameters', 'tokenizer_class']) {
      expect(exported).not.toHaveProperty(field);
    }
    expect(exported).toMatchObject({ torch_dtype: 'float16', rope_theta: 5, rope_scaling: null });
    expect(parseHfConfig(exported)).toEqual(config);
  });
});

describe('exportedGenerationConfig', () => {
  test("keeps the source's sampling defaults, and ends where the engine ends", () => {
    const config = { ...parseHfConfig(source), eosTokenIds: [2, 7] };
    expect(
      exportedGenerationConfig(config, { temperature: 0.6, top_p: 0.9, eos_token_id: 2, pad_token_id: 5 }),
    ).toMatchObject({ temperature: 0.6, top_p: 0.9, eos_token_id: [2, 7], pad_token_id: 5 });
  });

  test('leaves out ids of -1, which are none', () => {
    const config = { ...parseHfConfig(source), eosTokenIds: [2], padTokenId: null };
    expect(exportedGenerationConfig(config, { pad_token_id: -1 })).toMatchObject({ pad_token_id: null });
  });

  test('is made from the configuration where the source has none', () => {
    const config = { ...parseHfConfig(source), eosTokenIds: [2], bosTokenId: 1, padTokenId: null };
    expect(exportedGenerationConfig(config, null)).toMatchObject({
      bos_token_id: 1,
      eos_token_id: 2,
      pad_token_id: null,
    });
  });
});
