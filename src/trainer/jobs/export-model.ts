/** Writes a model or a checkpoint in the form that other programs read. Loads no policy: a tensor at a time goes from file to file. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ADAPTER_CONFIG,
  ADAPTER_WEIGHTS,
  convertModelDirectory,
  copyLicenceFiles,
  copyTokenizerFiles,
  FloatRangeError,
  readJson,
  readSafetensors,
  writeOnnxModel,
  writeSafetensors,
  type StorageDtype,
} from '../../engine/index.js';
import type { ExportModelJob } from '../../protocol/messages.js';
import type { ExportDtype, ExportFormat } from '../../spec/enums.js';
import { ADAPTER_FOLDER } from '../model/checkpoint.js';
import { BASE_PLACE, exportCard } from './export-card.js';
import { TrainerFailure } from '../failure.js';
import type { Link } from '../link.js';

const CARD = 'README.md';

const stored: { readonly [D in ExportDtype]: StorageDtype } = { float32: 'F32', bfloat16: 'BF16', float16: 'F16' };

const writers: { readonly [F in ExportFormat]: (job: ExportModelJob) => Promise<void> } = {
  huggingface: ({ model_directory, output_directory, dtype }) =>
    convertModelDirectory(model_directory, output_directory, dtype),
  peft: writeAdapter,
  onnx: writeOnnx,
};

export async function exportModel(job: ExportModelJob, link: Link): Promise<void> {
  link.phase('export', 0, 1);
  try {
    await writeExport(job);
  } catch (error) {
    if (!(error instanceof FloatRangeError)) throw error;
    const wider = job.format !== 'onnx' && job.dtype === 'float16' ? 'bfloat16 or float32' : 'float32';
    throw new TrainerFailure(`${job.dtype}_overflow`, `${error.message}: use ${wider}`, { cause: error });
  }
}

/** Throws ModelFormatError where the source cannot be read, and FloatRangeError where a value does not fit the type asked for. */
export async function writeExport(job: ExportModelJob): Promise<void> {
  const { model_directory: source, output_directory: output, format } = job;
  await mkdir(output, { recursive: true });
  await writers[format](job);
  await copyLicenceFiles(source, output);
  const base = format === 'peft' ? await readJson(join(output, ADAPTER_CONFIG)) : null;
  const card = (await readdir(source)).includes(CARD) ? await readFile(join(source, CARD), 'utf8') : null;
  await writeFile(join(output, CARD), exportCard(card, job, base?.['base_model_name_or_path'] !== BASE_PLACE));
}

/** The adapter's own folder within a checkpoint, in the layout of PEFT, with the tokenizer beside it. */
async function writeAdapter({
  model_directory: source,
  output_directory: output,
  dtype,
}: ExportModelJob): Promise<void> {
  const folder = join(source, ADAPTER_FOLDER);
  const tensors = await readSafetensors(join(folder, ADAPTER_WEIGHTS));
  const rounded = [...tensors].map(([name, tensor]) => [name, { ...tensor, dtype: stored[dtype] }] as const);
  await writeSafetensors(join(output, ADAPTER_WEIGHTS), new Map(rounded));
  const config = await readJson(join(folder, ADAPTER_CONFIG));
  const base = loadableBase(String(config['base_model_name_or_path'])) ?? BASE_PLACE;
  const written = { ...config, base_model_name_or_path: base };
  await writeFile(join(output, ADAPTER_CONFIG), `${JSON.stringify(written, null, 2)}\n`);
  await copyTokenizerFiles(source, output);
}

/** What the adapter was trained on, where other programs can load it: an id of a model or a checkpoint means nothing to them. */
function loadableBase(name: string): string | null {
  return /^(mdl|ckpt)_/.test(name) ? null : name;
}

async function writeOnnx({ model_directory: source, output_directory: output, dtype }: ExportModelJob): Promise<void> {
  if (dtype === 'bfloat16') throw new TrainerFailure('dtype_unsupported', 'ONNX is not exported in bfloat16');
  await writeOnnxModel(source, output, { dtype });
}
