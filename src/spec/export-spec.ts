/** What a user posts to get a model in the form that other programs read. */
import { z } from 'zod';
import { EXPORT_DTYPES, EXPORT_FORMATS } from './enums.js';
import { ModelOrCheckpointId } from './ids.js';
import { Metadata } from './metadata.js';
import type { SpecProblem } from './problem.js';

export const ExportSpecInput = z
  .strictObject({
    model: ModelOrCheckpointId,
    format: z
      .enum(EXPORT_FORMATS)
      .describe(
        '`huggingface`: full weights, as transformers and vLLM load them; `onnx`: these and `onnx/model.onnx`; `peft`: the adapter alone, of a ' +
          'checkpoint that was trained with one.',
      ),
    dtype: z
      .enum(EXPORT_DTYPES)
      .optional()
      .describe('Element type of the weights. Default float32, which is what was trained; `onnx` has no bfloat16.'),
    metadata: Metadata.optional(),
  })
  .meta({ id: 'ExportSpec' });
export type ExportSpecInput = z.infer<typeof ExportSpecInput>;

/** What can be told to be wrong from the posted body alone, by path. */
export function exportProblems({ model, format, dtype }: ExportSpecInput): SpecProblem[] {
  const problems: SpecProblem[] = [];
  if (format === 'onnx' && dtype === 'bfloat16') {
    problems.push({
      path: 'dtype',
      message: 'bfloat16 is not supported by the runtimes of onnx; use float32 or float16',
    });
  }
  if (format === 'peft' && model.startsWith('mdl_')) {
    problems.push({ path: 'format', message: `${model} is a model and has no adapter; use huggingface` });
  }
  return problems;
}
