/** Exports a model as ONNX for inference elsewhere: a directory that transformers.js and onnxruntime-genai load. Merges no adapter. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exportedConfig, exportedGenerationConfig } from '../io/exported-config.js';
import { readModelConfig } from '../io/model-directory.js';
import { readJson, readJsonIfThere } from '../io/read-json.js';
import { WeightFiles } from '../io/weight-files.js';
import { parameterShapes, ropeInverseFrequencies, type DecoderConfig } from '../models/config.js';
import { emitStandard } from '../onnx/emit.js';
import { genaiConfig } from './genai-config.js';
import { type ExportDtype, generationGraph, isMatrix, ROPE_TABLES } from './generation-graph.js';
import { isExternal, type StreamedTensor, writeOnnxFile } from './onnx-file.js';
import { exportTokenizer } from './tokenizer.js';
import { modelFileName, transformersJsConfig } from './transformers-js.js';

export interface OnnxExportOptions {
  /** float16 halves the file: matrices, the products with them and the cache are in half precision, everything between in float32. */
  dtype: ExportDtype;
}

/**
 * Reads the Hugging Face directory `modelDirectory` and writes `outputDirectory`, made if need be: `onnx/model.onnx` or `onnx/model_fp16.onnx`, the
 * configuration and tokenizer files, and genai_config.json. Holds one tensor at a time. Throws ModelFormatError as reading the model does, and FloatRangeError
 * where float16 cannot hold a weight.
 */
export async function writeOnnxModel(
  modelDirectory: string,
  outputDirectory: string,
  { dtype }: OnnxExportOptions,
): Promise<void> {
  const config = await readModelConfig(modelDirectory);
  const weights = await WeightFiles.open(modelDirectory, config);
  try {
    const file = modelFileName(dtype);
    const path = join(outputDirectory, file);
    await mkdir(dirname(path), { recursive: true });
    const tensors = storedTensors(config, dtype, weights);
    await writeOnnxFile(path, emitStandard(generationGraph(config, dtype)), tensors);
    const write = (name: string, json: unknown) =>
      writeFile(join(outputDirectory, name), `${JSON.stringify(json, null, 2)}\n`);
    await write('config.json', {
      ...exportedConfig(config, dtype, await readJson(join(modelDirectory, 'config.json'))),
      ...transformersJsConfig(dtype, isExternal(tensors)),
    });
    const generation = await readJsonIfThere(modelDirectory, 'generation_config.json');
    await write('generation_config.json', exportedGenerationConfig(config, generation));
    await write('genai_config.json', genaiConfig(config, file));
    await exportTokenizer(modelDirectory, outputDirectory);
  } finally {
    await weights.close();
  }
}

/** The graph's weights, rotary tables first. */
function storedTensors(config: DecoderConfig, dtype: ExportDtype, weights: WeightFiles): StreamedTensor[] {
  const frequencies = ropeInverseFrequencies(config);
  const table = (name: string, of: (angle: number) => number): StreamedTensor => ({
    name,
    dims: [config.maxPositions, frequencies.length],
    dtype: 'float',
    read: () => Promise.resolve(angleTable(config.maxPositions, frequencies, of)),
  });
  const parameters = [...parameterShapes(config)].map(([name, shape]): StreamedTensor => ({
    name,
    dims: shape,
    dtype: dtype === 'float16' && isMatrix(shape) ? 'half' : 'float',
    read: async () => (await weights.read(name)).data,
  }));
  return [table(ROPE_TABLES.cos, Math.cos), table(ROPE_TABLES.sin, Math.sin), ...parameters];
}

/** A function of the angle of each rotary pair at each position, computed in float64. */
function angleTable(positions: number, frequencies: Float64Array, of: (angle: number) => number): Float32Array {
  const half = frequencies.length;
  const table = new Float32Array(positions * half);
  for (let i = 0; i < table.length; i++) table[i] = of(Math.floor(i / half) * frequencies[i % half]!);
  return table;
}
