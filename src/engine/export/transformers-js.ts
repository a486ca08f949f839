/** What transformers.js must know of an exported model: which file to take, and whether its weights stand beside it. */
import type { Json } from '../io/read-json.js';
import type { ExportDtype } from './generation-graph.js';

const names: { readonly [D in ExportDtype]: { dtype: string; file: string } } = {
  float32: { dtype: 'fp32', file: 'onnx/model.onnx' },
  float16: { dtype: 'fp16', file: 'onnx/model_fp16.onnx' },
};

/** Where a model lies in the directory that transformers.js loads. */
export function modelFileName(dtype: ExportDtype): string {
  return names[dtype].file;
}

/** The library's own field of config.json: the element type to load where a program asks for none, and whether the weights have a file of their own. */
export function transformersJsConfig(dtype: ExportDtype, hasDataFile: boolean): Json {
  return { 'transformers.js_config': { dtype: names[dtype].dtype, use_external_data_format: hasDataFile } };
}
