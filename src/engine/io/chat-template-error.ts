/** The messages cannot be made a prompt with this tokenizer's chat template. */
export class ChatTemplateError extends Error {
  override readonly name = 'ChatTemplateError';
}
