/** Exports a model as ONNX for inference elsewhere: transformers.js and onnxruntime-genai load what it writes. */

export interface OnnxExportOptions {
  /** float16 halves the file: weights, matrix products and the cache are in half precision, everything between in float32. */
  dtype: 'float32' | 'float16';
}

/** Reads the Hugging Face directory `modelDirectory` and writes `outputDirectory`, made if need be. */
export async function writeOnnxModel(
  modelDirectory: string,
  outputDirectory: string,
  options: OnnxExportOptions,
): Promise<void> {
  await Promise.reject(new Error(`not written: ${modelDirectory}, ${outputDirectory}, ${options.dtype}`));
}
