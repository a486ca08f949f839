import { expect, test } from 'vitest';
import { uniform } from '../random.js';
import { AdamW, type AdamWOptions, type HostParameter } from './adamw.js';

const options: AdamWOptions = { betas: [0.9, 0.999], epsilon: 1e-8, weightDecay: 0.1, decay: 'matrices' };

/** Lengths around those of vectors and blocks. */
const shapes: Record<string, number[]> = { a: [1], b: [3, 5], c: [8191], d: [2, 8192], e: [3, 8195] };

const filled = (length: number, seed: number, size: number) =>
  Float32Array.from({ length }, (_, i) => size * (uniform(seed, i) - 0.5));

function parameters(): Map<string, HostParameter> {
  return new Map(
    Object.entries(shapes).map(([name, shape], i) => [
      name,
      {
        shape,
        data: filled(
          shape.reduce((a, b) => a * b),
          i,
          2,
        ),
      },
    ]),
  );
}

const gradients = (step: number) =>
  new Map([...parameters()].map(([name, { data }], i) => [name, filled(data.length, 100 * step + i, 10 ** -i)]));

/** The published formula in float64. */
function reference(steps: number, learningRate: number, scale: number): Map<string, number[]> {
  const [beta1, beta2] = options.betas;
  const weights = new Map<string, number[]>();
  for (const [name, { shape, data }] of parameters()) {
    const w = [...data];
    const m = w.map(() => 0);
    const v = w.map(() => 0);
    for (let t = 1; t <= steps; t++) {
      const g = gradients(t).get(name)!;
      for (let i = 0; i < w.length; i++) {
        const gi = g[i]! * scale;
        m[i] = beta1 * m[i]! + (1 - beta1) * gi;
        v[i] = beta2 * v[i]! + (1 - beta2) * gi * gi;
        if (shape.length === 2) w[i]! *= 1 - learningRate * options.weightDecay;
        w[i]! -= (learningRate * (m[i]! / (1 - beta1 ** t))) / (Math.sqrt(v[i]! / (1 - beta2 ** t)) + options.epsilon);
      }
    }
    weights.set(name, w);
  }
  return weights;
}

test('steps are those of the published formula, at every length', () => {
  const trained = parameters();
  const optimizer = new AdamW(trained, options);
  for (let t = 1; t <= 3; t++) optimizer.step(gradients(t), 0.01, 0.5);
  for (const [name, expected] of reference(3, 0.01, 0.5)) {
    const { data } = trained.get(name)!;
    const worst = expected.reduce((most, w, i) => Math.max(most, Math.abs(w - data[i]!)), 0);
    expect(worst, name).toBeLessThan(3e-7);
  }
});

test('a state that was stored goes on with the same bits', () => {
  const straight = parameters();
  const whole = new AdamW(straight, options);
  for (let t = 1; t <= 2; t++) whole.step(gradients(t), 0.01);
  const stored = structuredClone(whole.state());
  const copies = new Map([...straight].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
  whole.step(gradients(3), 0.01);
  const later = new AdamW(copies, options);
  later.restore(stored);
  later.step(gradients(3), 0.01);
  for (const [name, { data }] of straight) expect(copies.get(name)!.data, name).toEqual(data);
});

test('a gradient or a moment that is missing is named', () => {
  const optimizer = new AdamW(parameters(), options);
  const incomplete = gradients(1);
  incomplete.delete('c');
  expect(() => optimizer.step(incomplete, 0.01)).toThrow('the gradient of c is missing or misshapen');
  const { count, moments } = optimizer.state();
  moments.delete('v:d');
  expect(() => optimizer.restore({ count, moments })).toThrow('the optimiser state lacks v:d');
});
