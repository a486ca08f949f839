/** The model that a run trains, as the run began or as it was resumed; with its adapter where the run trains one. */
import { join } from 'node:path';
import {
  initialAdapter,
  Policy,
  readAdapter,
  readModelConfig,
  type AdaptedModel,
  type Adapter,
  type AdapterConfig,
  type DecoderConfig,
} from '../../engine/index.js';
import type { TrainJob } from '../../protocol/messages.js';
import type { AdapterSpec } from '../../spec/run/adapter.js';
import { ADAPTER_FOLDER, checkpointUnusable } from './checkpoint.js';
import { deviceOf } from '../device.js';
import { adapterDraw } from '../draws.js';

/** Its sizes. */
export async function trainedSizes({ spec, model_directory }: TrainJob): Promise<AdaptedModel> {
  const { adapter } = spec.training;
  return { config: await readModelConfig(model_directory), adapter: adapter && adapterConfig(adapter) };
}

/** A run that trains an adapter goes on with the weights it began with: a checkpoint's own have the adapter merged in. */
export async function loadTrainedPolicy(job: TrainJob): Promise<Policy> {
  const { spec, model_directory, resume } = job;
  const adapter = spec.training.adapter && adapterConfig(spec.training.adapter);
  const weights = adapter ? model_directory : (resume?.directory ?? model_directory);
  const policy = await Policy.load(weights, { device: deviceOf(job) });
  if (!adapter) return policy;
  const { config } = policy;
  const own = resume
    ? await storedAdapter(resume.directory, config, adapter)
    : { config: adapter, parameters: initialAdapter(config, adapter, (p, i) => adapterDraw(spec.seed, p, i)) };
  return policy.withAdapter(own);
}

async function storedAdapter(checkpoint: string, config: DecoderConfig, adapter: AdapterConfig): Promise<Adapter> {
  try {
    return await readAdapter(join(checkpoint, ADAPTER_FOLDER), config, adapter);
  } catch (error) {
    throw checkpointUnusable(error);
  }
}

function adapterConfig({ rank, alpha, dropout, target_modules: targetModules }: AdapterSpec): AdapterConfig {
  return { rank, alpha, dropout, targetModules };
}
