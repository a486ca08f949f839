/** The inner loop of inner-products.ts, in AssemblyScript with the 128-bit vectors of WebAssembly: V8 makes none of JavaScript, which is several times slower. */

/**
 * To `out`, for each row from `row` to `end`: its inner product with the query. A row has `rowBytes` bytes, a multiple of 16. Four lanes are added up one after the
 * other and then together, so that every processor gets the same bits.
 */
export function multiply(query: usize, row: usize, rowBytes: usize, end: usize, out: usize): void {
  for (; row < end; row += rowBytes, out += 4) {
    let sum = f32x4.splat(0);
    for (let i: usize = 0; i < rowBytes; i += 16) {
      sum = f32x4.add(sum, f32x4.mul(v128.load(query + i), v128.load(row + i)));
    }
    f32.store(
      out,
      f32x4.extract_lane(sum, 0) +
        f32x4.extract_lane(sum, 1) +
        f32x4.extract_lane(sum, 2) +
        f32x4.extract_lane(sum, 3),
    );
  }
}
