/** What is known about weights that do not say it themselves. Not a list of models that the example works with. */
import type { Model } from 'bough/client';

const dequantised =
  'These are not the original weights of SmolLM2-135M-Instruct: they are dequantised from 4 bits (GGUF Q4_1), so that no figure here says how good the original is.';

/** By the sha256 of model.safetensors. */
const notes: Readonly<Record<string, string>> = {
  // bfloat16
  '7ef915c9bf9d94d8d70211970476878352a5b95855c589ae987916d7a455242b': dequantised,
  // float32
  a672150fb4f99d7c8f4168cecdd464069c0ef3a37d8113f22ddb9d48031d03cd: dequantised,
};

/** Null when there is nothing to say about the model's weights. */
export function noteOf({ files }: Pick<Model, 'files'>): string | null {
  const weights = files.find(({ name }) => name === 'model.safetensors');
  return (weights && notes[weights.sha256]) ?? null;
}
