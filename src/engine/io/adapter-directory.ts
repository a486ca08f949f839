/** An adapter as a PEFT directory: adapter_config.json and adapter_model.safetensors. Not the model beside which it stands. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { adapterShapes, type Adapter, type AdapterConfig } from '../models/adapter.js';
import type { DecoderConfig } from '../models/config.js';
import { ModelFormatError } from '../format-error.js';
import { readSafetensors, writeSafetensors } from './safetensors.js';

export const ADAPTER_CONFIG = 'adapter_config.json';
export const ADAPTER_WEIGHTS = 'adapter_model.safetensors';

/** What PEFT puts before the names of the model's own modules. */
const PREFIX = 'base_model.model.';

/** Writes into `directory`, made if need be. `baseModel` names the model for whoever loads the adapter with PEFT: a repository of Hugging Face or a path. */
export async function writeAdapterDirectory(
  directory: string,
  { config, parameters }: Adapter,
  baseModel: string,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const tensors = new Map([...parameters].map(([name, tensor]) => [PREFIX + name, tensor]));
  await writeSafetensors(join(directory, ADAPTER_WEIGHTS), tensors);
  const description = {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: config.rank,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    target_modules: [...config.targetModules],
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    modules_to_save: null,
    use_dora: false,
    use_rslora: false,
  };
  await writeFile(join(directory, ADAPTER_CONFIG), `${JSON.stringify(description, null, 2)}\n`);
}

/** Reads the weights that `writeAdapterDirectory` wrote of an adapter with these settings. Throws ModelFormatError naming what is missing or misshapen. */
export async function readAdapter(directory: string, config: DecoderConfig, adapter: AdapterConfig): Promise<Adapter> {
  const stored = await readSafetensors(join(directory, ADAPTER_WEIGHTS));
  const parameters: Adapter['parameters'] = new Map();
  for (const [name, shape] of adapterShapes(config, adapter)) {
    const found = stored.get(PREFIX + name);
    if (found?.shape.join() !== shape.join() || !(found.data instanceof Float32Array)) {
      const what = found ? `is [${found.shape.join(', ')}], not [${shape.join(', ')}]` : 'is missing';
      throw new ModelFormatError(`${directory}: the adapter's ${name} ${what}`);
    }
    parameters.set(name, { shape, data: found.data });
  }
  return { config: adapter, parameters };
}
