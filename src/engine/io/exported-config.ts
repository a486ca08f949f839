/**
 * config.json and generation_config.json as they are written: what the engine knows of a model, over what else the files of the model that it was made
 * from said. Other programs read fields that mean nothing here. No file is touched.
 */
import { type DecoderConfig, eosTokenIdValue, type ModelDtype, toHfConfig } from '../models/config.js';
import type { Json } from './read-json.js';

/** Fields of a source's config.json that another one replaces, or that would send the reader to other code or another tokenizer class. */
const superseded = ['_name_or_path', 'auto_map', 'dtype', 'quantization_config', 'rope_parameters', 'tokenizer_class'];

/** Fields that `toHfConfig` fills with a usual value, because no result depends on them. */
const indifferent = ['attention_dropout', 'initializer_range', 'use_cache'];

/** In the form of transformers 4, which transformers 5 and vLLM read too. */
export function exportedConfig(config: DecoderConfig, dtype: ModelDtype, source: Json | null): Json {
  const entries = Object.entries(source ?? {});
  const kept = entries.filter(([field]) => !superseded.includes(field));
  return {
    ...Object.fromEntries(kept),
    ...toHfConfig(config, dtype),
    ...Object.fromEntries(kept.filter(([field]) => indifferent.includes(field))),
  };
}

/** The source's sampling defaults stay; where a text ends is the engine's to say, which read both files of the source. */
export function exportedGenerationConfig(config: DecoderConfig, source: Json | null): Json {
  const kept = Object.entries(source ?? {}).filter(([field, value]) => !(field.endsWith('_token_id') && value === -1));
  return {
    _from_model_config: true,
    bos_token_id: config.bosTokenId,
    pad_token_id: config.padTokenId,
    transformers_version: '4.51.0',
    ...Object.fromEntries(kept),
    eos_token_id: eosTokenIdValue(config),
  };
}
