/** Arrays of numbers as the trainer's come to be stored: int32 or float32, little endian. */
export const encodeInt32 = (values: readonly number[]): Buffer => Buffer.from(Int32Array.from(values).buffer);
export const encodeFloat32 = (values: readonly number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
