/** Writes a model anew with its weights in another element type, one tensor at a time. Changes nothing else. */
import { type ModelDtype, parameterShapes } from '../models/config.js';
import { readModelConfig, writeModelDirectory, type WritableParameter } from './model-directory.js';
import { WeightFiles } from './weight-files.js';

/**
 * From one Hugging Face directory to another, made if need be. What lies beside the model there, such as an optimiser's state, is left behind.
 * Throws ModelFormatError as reading the model does, and FloatRangeError where a value does not fit.
 */
export async function convertModelDirectory(from: string, to: string, dtype: ModelDtype): Promise<void> {
  const config = await readModelConfig(from);
  const weights = await WeightFiles.open(from, config);
  try {
    const parameters = new Map<string, WritableParameter>();
    for (const [name, shape] of parameterShapes(config)) {
      parameters.set(name, { shape, read: async () => (await weights.read(name)).data });
    }
    await writeModelDirectory(to, { config, parameters, dtype, tokenizerDirectory: from, sourceDirectory: from });
  } finally {
    await weights.close();
  }
}
