/** The parameters of a model by their Hugging Face names. */
export type Parameters = Map<string, { shape: readonly number[]; data: Float32Array }>;
