/** Takes a checkpoint home as a Hugging Face directory. */
import type { SavedFile } from 'bough/client';
import type { Client } from './client.js';

const WEIGHTS = 'model.safetensors';

/** Answers the file of the weights, checked against its sha256. @throws {Error} when the checkpoint has none */
export async function download({ bough }: Client, checkpoint: string, folder: string): Promise<SavedFile> {
  const files = await bough.saveCheckpoint(checkpoint, folder);
  const weights = files.find(({ path }) => path.endsWith(WEIGHTS));
  if (!weights) throw new Error(`The checkpoint ${checkpoint} has no ${WEIGHTS}`);
  return weights;
}
