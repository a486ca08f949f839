/** A weight on the host. */
export interface Parameter {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** How often it was changed in place: whoever does that counts it up, since a device may hold a copy. Absent: never. */
  version?: number;
}

/** The parameters of a model by their Hugging Face names. */
export type Parameters = Map<string, Parameter>;
