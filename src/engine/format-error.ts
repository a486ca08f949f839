/** A model or tokenizer file that is malformed, incomplete or of a kind the engine does not support. The message names the file or field and the remedy. */
export class ModelFormatError extends Error {
  override readonly name = 'ModelFormatError';
}
