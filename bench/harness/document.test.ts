import { expect, test } from 'vitest';
import { SERVICE_HEADING, withPart } from './document.js';

const engine = '# Benchmarks\n\nfast\n';
const service = `${SERVICE_HEADING}\n\nslow\n`;

test('each command writes its own part of the page and leaves the other', () => {
  const both = withPart(engine, 'service', service);
  expect(both).toBe(`${engine}\n${service}`);
  expect(withPart(both, 'engine', '# Benchmarks\n\nfaster\n')).toBe(`# Benchmarks\n\nfaster\n\n${service}`);
  expect(withPart(both, 'service', `${SERVICE_HEADING}\n`)).toBe(`${engine}\n${SERVICE_HEADING}\n`);
  expect(withPart(engine, 'engine', engine)).toBe(engine);
});
