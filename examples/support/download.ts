/** Takes a checkpoint home as a Hugging Face directory. */
import { unwrap, type SavedFile } from 'bough/client';
import { join } from 'node:path';
import type { Client } from './client.js';

const WEIGHTS = 'model.safetensors';
/** What only the service can go on from: twice the size of the weights. */
const TRAINING_STATE: readonly string[] = ['optimizer.safetensors', 'training_state.json'];

/** Answers the file of the weights, checked against its sha256. @throws {Error} when the checkpoint has none */
export async function download({ bough }: Client, checkpoint: string, folder: string): Promise<SavedFile> {
  const params = { path: { id: checkpoint } };
  const { files } = unwrap(await bough.api.GET('/v1/checkpoints/{id}', { params }));
  let weights: SavedFile | null = null;
  for (const { name } of files.filter((file) => !TRAINING_STATE.includes(file.name))) {
    const saved = await bough.saveFile(checkpoint, name, join(folder, name));
    if (name === WEIGHTS) weights = saved;
  }
  if (!weights) throw new Error(`The checkpoint ${checkpoint} has no ${WEIGHTS}`);
  return weights;
}
