/**
 * What a decoder-only language model is made of: sizes, rotary embedding, names and shapes of its parameters, and the
 * Hugging Face config.json it is read from and written to. Not the model: no graph and no weights.
 */
import { ModelFormatError } from '../format-error.js';

export type DecoderFamily = 'llama' | 'qwen2' | 'qwen3';

/** Llama 3's stretching of the rotary frequencies beyond the context length of pre-training. */
export interface Llama3RopeScaling {
  factor: number;
  lowFrequencyFactor: number;
  highFrequencyFactor: number;
  originalMaxPositions: number;
}

export interface DecoderConfig {
  family: DecoderFamily;
  vocabSize: number;
  hiddenSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  ffnSize: number;
  rmsNormEps: number;
  ropeTheta: number;
  ropeScaling: Llama3RopeScaling | null;
  tieEmbeddings: boolean;
  /** Whether q, k and v have a bias (Qwen2). */
  qkvBias: boolean;
  /** Whether each head of q and k is RMS-normalised before the rotary embedding (Qwen3). */
  qkNorm: boolean;
  maxPositions: number;
  eosTokenIds: number[];
  bosTokenId: number | null;
  padTokenId: number | null;
}

export type ModelDtype = 'float32' | 'bfloat16' | 'float16';

type Json = Readonly<Record<string, unknown>>;

const architectures: { [F in DecoderFamily]: string } = {
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
};

/** max_position_embeddings and head_dim that transformers assumes where config.json is silent (null: hidden_size / heads). */
const defaults: { [F in DecoderFamily]: { maxPositions: number; headDim: number | null } } = {
  llama: { maxPositions: 2048, headDim: null },
  qwen2: { maxPositions: 32768, headDim: null },
  qwen3: { maxPositions: 32768, headDim: 128 },
};

/** More than any model has: what is built of a configuration grows with its sizes. */
const mostOf = {
  num_hidden_layers: 1000,
  vocab_size: 2 ** 24,
  hidden_size: 2 ** 17,
  num_attention_heads: 2 ** 12,
  num_key_value_heads: 2 ** 12,
  head_dim: 2 ** 13,
  intermediate_size: 2 ** 20,
  max_position_embeddings: 2 ** 28,
  original_max_position_embeddings: 2 ** 28,
};

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refuse(what: string): never {
  throw new ModelFormatError(`config.json: ${what}`);
}

function numberField(json: Json, field: string, fallback?: number): number {
  const value = json[field] ?? fallback;
  if (value === undefined) refuse(`"${field}" is missing`);
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    refuse(`"${field}" must be a positive number, not ${JSON.stringify(value)}`);
  }
  return value;
}

function sizeField(json: Json, field: keyof typeof mostOf, fallback?: number): number {
  const value = numberField(json, field, fallback);
  if (!Number.isSafeInteger(value)) refuse(`"${field}" must be an integer, not ${value}`);
  if (value > mostOf[field]) refuse(`"${field}" must be at most ${mostOf[field]}, not ${value}`);
  return value;
}

/** A token id, a list of them, or nothing, as config.json and generation_config.json write them; -1 is how some say that there is none. */
export function parseTokenIds(value: unknown, field: string, file = 'config.json'): number[] {
  const ids: unknown[] = value === null || value === undefined ? [] : Array.isArray(value) ? value : [value];
  return ids
    .filter((id) => id !== -1)
    .map((id) => {
      if (typeof id === 'number' && Number.isInteger(id) && id >= 0) return id;
      throw new ModelFormatError(
        `${file}: "${field}" has ${JSON.stringify(id)}, not a token id: write a whole number, or null for none`,
      );
    });
}

function parseFamily(json: Json): DecoderFamily {
  const expected = Object.values(architectures).join(', ');
  const named = json['architectures'];
  const modelType = json['model_type'];
  const family = (Object.keys(architectures) as DecoderFamily[]).find((name) => name === modelType);
  if (modelType === undefined) refuse(`"model_type" is missing: bring a config.json of ${expected}`);
  if (family === undefined) refuse(`"model_type" ${JSON.stringify(modelType)} is not supported, only ${expected}`);
  if (Array.isArray(named) && named.length > 0 && !named.includes(architectures[family])) {
    refuse(`architecture ${JSON.stringify(named)} is not supported, only ${expected}`);
  }
  return family;
}

/** Refuses by name what would change the result and is not implemented. */
function refuseUnsupported(json: Json, family: DecoderFamily, layers: number): void {
  const quantization = json['quantization_config'];
  if (isObject(quantization)) {
    refuse(
      `"quantization_config" (${JSON.stringify(quantization['quant_method'])}) is not supported: save the weights as float32, float16 or bfloat16`,
    );
  }
  if (isObject(json['compression_config'])) {
    refuse('"compression_config" is not supported: save the weights as float32, float16 or bfloat16');
  }
  const code = json['auto_map'];
  if (isObject(code) && 'AutoModelForCausalLM' in code) {
    refuse('"auto_map": models with code of their own are not supported');
  }
  for (const field of ['num_experts', 'num_local_experts', 'n_routed_experts']) {
    if (typeof json[field] === 'number' && json[field] > 0) refuse(`"${field}": mixture of experts is not supported`);
  }
  const activation = json['hidden_act'] ?? 'silu';
  if (activation !== 'silu' && activation !== 'swish') {
    refuse(`"hidden_act" ${JSON.stringify(activation)} is not supported, only "silu"`);
  }
  if (family !== 'qwen2' && json['attention_bias'] === true) refuse(`"attention_bias" is not supported in ${family}`);
  if (json['mlp_bias'] === true) refuse('"mlp_bias" is not supported');
  const windowed = json['use_sliding_window'] === true && typeof json['sliding_window'] === 'number';
  const firstWindowed = typeof json['max_window_layers'] === 'number' ? json['max_window_layers'] : 0;
  if (family !== 'llama' && windowed && firstWindowed < layers) {
    refuse('"use_sliding_window": sliding-window attention is not supported');
  }
  const types = json['layer_types'];
  if (Array.isArray(types)) {
    const other: unknown = types.find((type) => type !== 'full_attention');
    if (other !== undefined) refuse(`"layer_types" has ${JSON.stringify(other)}: only full attention is supported`);
  }
}

/** Both forms: transformers 5's `rope_parameters`, and before it `rope_theta` beside `rope_scaling`. */
function parseRope(json: Json): { ropeTheta: number; ropeScaling: Llama3RopeScaling | null } {
  const field = isObject(json['rope_parameters']) ? 'rope_parameters' : 'rope_scaling';
  const rope = json[field] ?? {};
  if (!isObject(rope)) refuse(`"${field}" must be an object or null`);
  const ropeTheta = numberField(rope, 'rope_theta', numberField(json, 'rope_theta', 10000));
  const partial = rope['partial_rotary_factor'] ?? json['partial_rotary_factor'] ?? 1;
  if (partial !== 1) refuse('"partial_rotary_factor" is not supported');
  if (Object.values(rope).some(isObject)) refuse(`"${field}" per layer type is not supported`);
  const type = rope['rope_type'] ?? rope['type'] ?? 'default';
  if (type === 'default') return { ropeTheta, ropeScaling: null };
  if (type !== 'llama3')
    refuse(`"${field}" of type ${JSON.stringify(type)} is not supported, only "default" and "llama3"`);
  const ropeScaling = {
    factor: numberField(rope, 'factor'),
    lowFrequencyFactor: numberField(rope, 'low_freq_factor'),
    highFrequencyFactor: numberField(rope, 'high_freq_factor'),
    originalMaxPositions: sizeField(rope, 'original_max_position_embeddings'),
  };
  return { ropeTheta, ropeScaling };
}

/** Reads a parsed config.json, of transformers 4 or 5. Throws ModelFormatError naming the field that is missing, wrong or not supported. */
export function parseHfConfig(json: unknown): DecoderConfig {
  if (!isObject(json)) refuse('must be a JSON object');
  const family = parseFamily(json);
  const layers = sizeField(json, 'num_hidden_layers');
  refuseUnsupported(json, family, layers);
  const hiddenSize = sizeField(json, 'hidden_size');
  const heads = sizeField(json, 'num_attention_heads');
  const kvHeads = sizeField(json, 'num_key_value_heads', heads);
  const tied = json['tie_word_embeddings'] ?? false;
  if (typeof tied !== 'boolean') refuse(`"tie_word_embeddings" must be true or false, not ${JSON.stringify(tied)}`);
  const usualHeadDim = defaults[family].headDim ?? hiddenSize / heads;
  if ((json['head_dim'] ?? null) === null && !Number.isInteger(usualHeadDim)) {
    refuse('"hidden_size" must be a multiple of "num_attention_heads", or "head_dim" must be given');
  }
  const headDim = sizeField(json, 'head_dim', usualHeadDim);
  if (heads % kvHeads !== 0) refuse('"num_attention_heads" must be a multiple of "num_key_value_heads"');
  if (headDim % 2 !== 0) refuse('"head_dim" must be even');
  return {
    family,
    vocabSize: sizeField(json, 'vocab_size'),
    hiddenSize,
    layers,
    heads,
    kvHeads,
    headDim,
    ffnSize: sizeField(json, 'intermediate_size'),
    rmsNormEps: numberField(json, 'rms_norm_eps', 1e-6),
    ...parseRope(json),
    tieEmbeddings: tied,
    qkvBias: family === 'qwen2',
    qkNorm: family === 'qwen3',
    maxPositions: sizeField(json, 'max_position_embeddings', defaults[family].maxPositions),
    eosTokenIds: parseTokenIds(json['eos_token_id'], 'eos_token_id'),
    bosTokenId: parseTokenIds(json['bos_token_id'], 'bos_token_id')[0] ?? null,
    padTokenId: parseTokenIds(json['pad_token_id'], 'pad_token_id')[0] ?? null,
  };
}

/** The value of `eos_token_id`: nothing, one id, or a list. */
export function eosTokenIdValue(config: DecoderConfig): number | number[] | null {
  return config.eosTokenIds.length > 1 ? config.eosTokenIds : (config.eosTokenIds[0] ?? null);
}

/** The config.json of `config` in the form of transformers 4, which transformers 5 reads too. */
export function toHfConfig(config: DecoderConfig, dtype: ModelDtype): Record<string, unknown> {
  const scaling = config.ropeScaling;
  return {
    architectures: [architectures[config.family]],
    ...(config.family === 'qwen2' ? {} : { attention_bias: false }),
    attention_dropout: 0,
    bos_token_id: config.bosTokenId,
    eos_token_id: eosTokenIdValue(config),
    head_dim: config.headDim,
    hidden_act: 'silu',
    hidden_size: config.hiddenSize,
    initializer_range: 0.02,
    intermediate_size: config.ffnSize,
    max_position_embeddings: config.maxPositions,
    ...(config.family === 'llama' ? { mlp_bias: false } : { sliding_window: null, use_sliding_window: false }),
    model_type: config.family,
    num_attention_heads: config.heads,
    num_hidden_layers: config.layers,
    num_key_value_heads: config.kvHeads,
    pad_token_id: config.padTokenId,
    rms_norm_eps: config.rmsNormEps,
    rope_scaling: scaling && {
      rope_type: 'llama3',
      factor: scaling.factor,
      low_freq_factor: scaling.lowFrequencyFactor,
      high_freq_factor: scaling.highFrequencyFactor,
      original_max_position_embeddings: scaling.originalMaxPositions,
    },
    rope_theta: config.ropeTheta,
    tie_word_embeddings: config.tieEmbeddings,
    torch_dtype: dtype,
    transformers_version: '4.51.0',
    use_cache: true,
    vocab_size: config.vocabSize,
  };
}

/**
 * Hugging Face name and shape of every parameter, embedding first, then layer by layer. Linear weights are [out, in].
 * Tied embeddings have no `lm_head.weight`.
 */
export function parameterShapes(config: DecoderConfig): Map<string, number[]> {
  const { hiddenSize, headDim, ffnSize, vocabSize } = config;
  const queryWidth = config.heads * headDim;
  const kvWidth = config.kvHeads * headDim;
  const shapes = new Map<string, number[]>([['model.embed_tokens.weight', [vocabSize, hiddenSize]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    const set = (name: string, ...shape: number[]) => shapes.set(`model.layers.${layer}.${name}`, shape);
    set('input_layernorm.weight', hiddenSize);
    for (const [name, width] of [
      ['q', queryWidth],
      ['k', kvWidth],
      ['v', kvWidth],
    ] as const) {
      set(`self_attn.${name}_proj.weight`, width, hiddenSize);
      if (config.qkvBias) set(`self_attn.${name}_proj.bias`, width);
    }
    if (config.qkNorm) {
      set('self_attn.q_norm.weight', headDim);
      set('self_attn.k_norm.weight', headDim);
    }
    set('self_attn.o_proj.weight', hiddenSize, queryWidth);
    set('post_attention_layernorm.weight', hiddenSize);
    set('mlp.gate_proj.weight', ffnSize, hiddenSize);
    set('mlp.up_proj.weight', ffnSize, hiddenSize);
    set('mlp.down_proj.weight', hiddenSize, ffnSize);
  }
  shapes.set('model.norm.weight', [hiddenSize]);
  if (!config.tieEmbeddings) shapes.set('lm_head.weight', [vocabSize, hiddenSize]);
  return shapes;
}

/**
 * Angle per position of each of the headDim / 2 rotary pairs, in radians. Pair i turns elements i and i + headDim / 2.
 * Scaling as in transformers' `_compute_llama3_parameters`: long wavelengths are slowed by `factor`, short ones kept, those between blended.
 */
export function ropeInverseFrequencies(config: DecoderConfig): Float64Array {
  const { headDim, ropeTheta, ropeScaling } = config;
  return Float64Array.from({ length: headDim / 2 }, (_, pair) => {
    const frequency = 1 / ropeTheta ** ((2 * pair) / headDim);
    if (ropeScaling === null) return frequency;
    const { factor, lowFrequencyFactor, highFrequencyFactor, originalMaxPositions } = ropeScaling;
    const turns = (originalMaxPositions * frequency) / (2 * Math.PI);
    if (turns < lowFrequencyFactor) return frequency / factor;
    if (turns > highFrequencyFactor) return frequency;
    const smooth = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}
