/** The port of everything that models are brought from. */

export interface ModelSourceFiles {
  /** What the model's own documents say of the source, once they are there. */
  readonly commit: string | null;
  /** Brings everything that is small: configuration, tokenizer, licence. What does not come in pieces may bring all. */
  documents(): Promise<void>;
  /** Brings the weights. The documents have been found good by then. */
  weights(): Promise<void>;
}
