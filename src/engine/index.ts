/** The engine's only door: what the trainer uses of it. Everything else is the engine's own. */
export { cpuDevice } from './device/cpu.js';
export type { Device } from './device/device.js';
export { tryWebGpu, webGpuDevice } from './device/webgpu.js';
export { writeOnnxModel } from './export/onnx-model.js';
export { ModelFormatError } from './format-error.js';
export { ADAPTER_CONFIG, ADAPTER_WEIGHTS, readAdapter, writeAdapterDirectory } from './io/adapter-directory.js';
export type { AddedToken } from './io/added-tokens.js';
export { renderPrompt, type ContentPart, type Prompt, type PromptMessage } from './io/chat.js';
export { ChatTemplateError } from './io/chat-template-error.js';
export { controlTokens } from './io/control-tokens.js';
export { convertModelDirectory } from './io/convert-model-directory.js';
export { copyLicenceFiles } from './io/licence-files.js';
export { withMergedParameters } from './io/merge-adapter.js';
export { readModelConfig, writeModelDirectory } from './io/model-directory.js';
export { readJson } from './io/read-json.js';
export { FloatRangeError, readSafetensors, writeSafetensors, type StorageDtype } from './io/safetensors.js';
export { IncrementalDecoder, Tokenizer } from './io/tokenizer.js';
export { copyTokenizerFiles } from './io/tokenizer-files.js';
export { trainTokenizer, writeTokenizer } from './io/train-tokenizer.js';
export { insideJson, listsTools, toolTurns, type ToolTurns } from './io/tool-turns.js';
export { turnEnd } from './io/turn-end.js';
export { WeightFiles } from './io/weight-files.js';
export { withinTime } from './io/within-time.js';
export { RowOfLogits } from './kernels/row-of-logits.js';
export {
  adapterShapes,
  initialAdapter,
  type AdaptedModel,
  type Adapter,
  type AdapterConfig,
} from './models/adapter.js';
export { parameterShapes, type DecoderConfig } from './models/config.js';
export type { DecodeRow } from './models/decode-batch.js';
export { decodingBytes, frozenBytes } from './models/decoding-memory.js';
export { initialParameters } from './models/initialise.js';
export { KeyValueStore } from './models/key-value-store.js';
export { parameterBytes } from './models/parameters.js';
export { cispo } from './objectives/cispo.js';
export type { Loss } from './objectives/loss.js';
export { metricsOf, sumOf, type Objective } from './objectives/objective.js';
export { policyGradient } from './objectives/policy-gradient.js';
export { ppoClip } from './objectives/ppo-clip.js';
export { sft } from './objectives/sft.js';
export { linearised, surrogate } from './objectives/surrogate.js';
export { entropyBonus } from './objectives/terms/entropy.js';
export { keptGradient } from './objectives/terms/kept-gradient.js';
export { kl } from './objectives/terms/kl.js';
export { AdamW, type AdamWState } from './optim/adamw.js';
export { clipGlobalNorm } from './optim/clip.js';
export type { Gradients, Optimizer } from './optim/optimizer.js';
export { optimizerOf } from './optim/optimizer-of.js';
export { learningRate } from './optim/schedule.js';
export { packTrees, type TreeBatch, type TreeInput } from './packing/tree-batch.js';
export { Policy, type PolicyOptions, type Store } from './policy.js';
export { uniform } from './random.js';
export { MAX_PASS_BYTES } from './training/choose-pass.js';
export type { GradientResult, TargetStatistics } from './training/pass.js';
export { PassMemory } from './training/pass-memory.js';
