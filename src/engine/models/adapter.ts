/**
 * Low-rank adapters (LoRA, arXiv 2106.09685): beside a frozen linear layer W [out, in] two trained matrices A [r, in] and B [out, r], so that
 * y = x Wᵀ + (α / r) · dropout(x) Aᵀ Bᵀ. B starts at zero, so a new adapter changes nothing.
 */
import { parameterShapes, type DecoderConfig } from './config.js';
import type { Parameters } from './parameters.js';

/** The linear layers of a decoder layer, by the last part of their module's name as PEFT calls them. */
export const ADAPTABLE_MODULES = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'] as const;
export type AdaptableModule = (typeof ADAPTABLE_MODULES)[number];

export interface AdapterConfig {
  rank: number;
  /** α: the product of A and B counts α / rank times. */
  alpha: number;
  /** Share of the inputs that a training pass leaves out before A, scaling the rest up; 0 for none. */
  dropout: number;
  targetModules: readonly AdaptableModule[];
}

/** An adapter and its own parameters by name. */
export interface Adapter {
  config: AdapterConfig;
  parameters: Parameters;
}

/** A model and the adapter beside it, if any. */
export interface AdaptedModel {
  config: DecoderConfig;
  /** Trained instead of the model's own parameters. */
  adapter: AdapterConfig | null;
}

/** As it is used wherever nothing is learnt. */
export function withoutDropout(adapter: AdapterConfig | null): AdapterConfig | null {
  return adapter && { ...adapter, dropout: 0 };
}

/** Names of a module's two matrices. */
export function adapterNames(module: string): { a: string; b: string } {
  return { a: `${module}.lora_A.weight`, b: `${module}.lora_B.weight` };
}

export interface AdaptedModule {
  /** Full name of the module, such as `model.layers.0.self_attn.q_proj`. */
  module: string;
  inputs: number;
  outputs: number;
}

/** The modules that an adapter changes, in the order of the model's parameters. */
export function adaptedModules(config: DecoderConfig, { targetModules }: AdapterConfig): AdaptedModule[] {
  return [...parameterShapes(config)].flatMap(([name, shape]) => {
    const module = name.replace(/\.weight$/, '');
    const [outputs, inputs] = shape;
    const isTarget = name.endsWith('.weight') && targetModules.some((target) => module.endsWith(`.${target}`));
    return isTarget ? [{ module, inputs: inputs!, outputs: outputs! }] : [];
  });
}

/** Shapes of the adapter's own parameters by name. */
export function adapterShapes(config: DecoderConfig, adapter: AdapterConfig): Map<string, number[]> {
  return new Map(
    adaptedModules(config, adapter).flatMap(({ module, inputs, outputs }): [string, number[]][] => {
      const { a, b } = adapterNames(module);
      return [
        [a, [adapter.rank, inputs]],
        [b, [outputs, adapter.rank]],
      ];
    }),
  );
}

/** A new adapter: A uniform in ±1/√in as PEFT draws it, B zero. `draw` gives a uniform number in [0, 1) for element i of parameter p. */
export function initialAdapter(
  config: DecoderConfig,
  adapter: AdapterConfig,
  draw: (parameter: number, element: number) => number,
): Map<string, { shape: number[]; data: Float32Array }> {
  return new Map(
    [...adapterShapes(config, adapter)].map(([name, shape], index) => {
      const data = new Float32Array(shape[0]! * shape[1]!);
      if (name.endsWith('.lora_A.weight')) {
        const bound = 1 / Math.sqrt(shape[1]!);
        for (let i = 0; i < data.length; i++) data[i] = bound * (2 * draw(index, i) - 1);
      }
      return [name, { shape, data }];
    }),
  );
}
