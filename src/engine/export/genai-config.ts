/** genai_config.json, by which onnxruntime-genai finds a model's file, inputs and sizes. */
import type { DecoderConfig } from '../models/config.js';

/** `modelFile` is relative to the directory of the configuration. */
export function genaiConfig(config: DecoderConfig, modelFile: string): Record<string, unknown> {
  const [firstEos] = config.eosTokenIds;
  return {
    model: {
      type: config.family,
      // The format has no absent ids; a beginning of sequence is added by the tokenizer, not by this.
      bos_token_id: config.bosTokenId ?? firstEos ?? 0,
      eos_token_id: config.eosTokenIds,
      pad_token_id: config.padTokenId ?? firstEos ?? 0,
      context_length: config.maxPositions,
      vocab_size: config.vocabSize,
      decoder: {
        session_options: { log_id: 'onnxruntime-genai', provider_options: [] },
        filename: modelFile,
        head_size: config.headDim,
        hidden_size: config.hiddenSize,
        num_attention_heads: config.heads,
        num_hidden_layers: config.layers,
        num_key_value_heads: config.kvHeads,
        inputs: {
          input_ids: 'input_ids',
          attention_mask: 'attention_mask',
          position_ids: 'position_ids',
          past_key_names: 'past_key_values.%d.key',
          past_value_names: 'past_key_values.%d.value',
        },
        outputs: {
          logits: 'logits',
          present_key_names: 'present.%d.key',
          present_value_names: 'present.%d.value',
        },
      },
    },
    search: {
      do_sample: false,
      max_length: config.maxPositions,
      min_length: 0,
      num_beams: 1,
      num_return_sequences: 1,
      // The graph appends to the cache: its outputs are longer than its inputs.
      past_present_share_buffer: false,
      repetition_penalty: 1,
      temperature: 1,
      top_k: 50,
      top_p: 1,
    },
  };
}
