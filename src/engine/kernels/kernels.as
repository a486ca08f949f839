/**
 * Inner loops in AssemblyScript, with the 128-bit vectors of WebAssembly. `npm run kernels` compiles them into kernels.wasm.ts. Each works on arrays of float32 in its
 * memory whose lengths are multiples of four. No loop depends on how its caller cuts the arrays, so neither do the results.
 */

/** Adds the squares of x [n] to four sums in float64, of the elements 4i, 4i + 1, 4i + 2 and 4i + 3. */
export function addSquares(n: usize, x: usize, sums: usize): void {
  let low = v128.load(sums);
  let high = v128.load(sums, 16);
  for (const end = x + (n << 2); x < end; x += 16) {
    const four = v128.load(x);
    const first = f64x2.promote_low_f32x4(four);
    const last = f64x2.promote_low_f32x4(i32x4.shuffle(four, four, 2, 3, 0, 1));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(last, last));
  }
  v128.store(sums, low);
  v128.store(sums, high, 16);
}

/**
 * AdamW (arXiv 1711.05101) on weights w, moments m and v, all [n], in place. Of the gradient g [n] counts `scale` times.
 * @param decay the learning rate times the weight decay
 * @param stepSize the learning rate over 1 - beta1^t
 * @param rootScale 1 over the root of 1 - beta2^t
 */
export function adamw(
  n: usize,
  w: usize,
  g: usize,
  m: usize,
  v: usize,
  scale: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  decay: f32,
  stepSize: f32,
  rootScale: f32,
  epsilon: f32,
): void {
  const scales = f32x4.splat(scale);
  const betas1 = f32x4.splat(beta1);
  const rests1 = f32x4.splat(rest1);
  const betas2 = f32x4.splat(beta2);
  const rests2 = f32x4.splat(rest2);
  const decays = f32x4.splat(decay);
  const stepSizes = f32x4.splat(stepSize);
  const rootScales = f32x4.splat(rootScale);
  const epsilons = f32x4.splat(epsilon);
  const end = n << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const gi = f32x4.mul(v128.load(g + i), scales);
    const mi = f32x4.add(f32x4.mul(betas1, v128.load(m + i)), f32x4.mul(rests1, gi));
    const vi = f32x4.add(f32x4.mul(betas2, v128.load(v + i)), f32x4.mul(rests2, f32x4.mul(gi, gi)));
    v128.store(m + i, mi);
    v128.store(v + i, vi);
    const wi = v128.load(w + i);
    const root = f32x4.add(f32x4.mul(f32x4.sqrt(vi), rootScales), epsilons);
    const change = f32x4.add(f32x4.div(f32x4.mul(stepSizes, mi), root), f32x4.mul(decays, wi));
    v128.store(w + i, f32x4.sub(wi, change));
  }
}

/** The greatest of x [n], or NaN where one is. */
export function greatest(n: usize, x: usize): f32 {
  let most = f32x4.splat(-f32.MAX_VALUE);
  for (const end = x + (n << 2); x < end; x += 16) most = f32x4.max(most, v128.load(x));
  const a = max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
  const b = max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3));
  return max(a, b);
}

/** Elements whose sum is taken in float32 before it is added in float64. */
const BLOCK: usize = 64;

/**
 * Into y [n]: e^z of z = (x - most) · inverseTemperature, and 0 where that is below e^-87. Writes the sums in float64 of e^z and of e^z · z to `sums` [2].
 * n is a multiple of 64.
 */
export function exponentials(n: usize, x: usize, y: usize, most: f32, inverseTemperature: f32, sums: usize): void {
  const mosts = f32x4.splat(most);
  const factors = f32x4.splat(inverseTemperature);
  const least = f32x4.splat(-87);
  let sum: f64 = 0;
  let weighted: f64 = 0;
  for (const end = x + (n << 2); x < end; ) {
    let blockSum = f32x4.splat(0);
    let blockWeighted = f32x4.splat(0);
    for (const blockEnd = x + (BLOCK << 2); x < blockEnd; x += 16, y += 16) {
      const z = f32x4.mul(f32x4.sub(v128.load(x), mosts), factors);
      const inRange = f32x4.max(z, least);
      // Not "z is at least": a NaN has to come through.
      const e = v128.andnot(exp(inRange), f32x4.lt(z, least));
      v128.store(y, e);
      blockSum = f32x4.add(blockSum, e);
      blockWeighted = f32x4.add(blockWeighted, f32x4.mul(e, inRange));
    }
    sum += sumOfLanes(blockSum);
    weighted += sumOfLanes(blockWeighted);
  }
  f64.store(sums, sum);
  f64.store(sums, weighted, 8);
}

// @ts-ignore: decorator
@inline
function sumOfLanes(x: v128): f64 {
  const a = f64(f32x4.extract_lane(x, 0)) + f64(f32x4.extract_lane(x, 1));
  const b = f64(f32x4.extract_lane(x, 2)) + f64(f32x4.extract_lane(x, 3));
  return a + b;
}

/** e^x for x from -87 to 0, within two units of the last place: 2^k · e^r with |r| <= ln 2 / 2, e^r by the polynomial of Cephes' expf. */
// @ts-ignore: decorator
@inline
function exp(x: v128): v128 {
  const k = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)));
  // ln 2 in two parts, the first of few enough bits that its product with k is exact.
  const r = f32x4.sub(
    f32x4.sub(x, f32x4.mul(k, f32x4.splat(0.693359375))),
    f32x4.mul(k, f32x4.splat(-2.1219444e-4)),
  );
  let p = f32x4.splat(1.98756915e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  const power = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1));
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(k), i32x4.splat(127)), 23);
  return f32x4.mul(power, scale);
}
