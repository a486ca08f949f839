import { expect, test } from 'vitest';
import { SEARCH_HEADING, SERVICE_HEADING, withPart } from './document.js';

const engine = '# Benchmarks\n\nfast\n';
const service = `${SERVICE_HEADING}\n\nslow\n`;

test('each command writes its own part of the page and leaves the other', () => {
  const both = withPart(engine, 'service', service);
  expect(both).toBe(`${engine}\n${service}`);
  expect(withPart(both, 'engine', '# Benchmarks\n\nfaster\n')).toBe(`# Benchmarks\n\nfaster\n\n${service}`);
  expect(withPart(both, 'service', `${SERVICE_HEADING}\n`)).toBe(`${engine}\n${SERVICE_HEADING}\n`);
  expect(withPart(engine, 'engine', engine)).toBe(engine);

  const search = `${SEARCH_HEADING}\n\nfound\n`;
  const all = withPart(both, 'search', search);
  expect(all).toBe(`${both}\n${search}`);
  expect(withPart(all, 'service', `${SERVICE_HEADING}\n`)).toBe(`${engine}\n${SERVICE_HEADING}\n\n${search}`);
  expect(withPart(withPart(engine, 'search', search), 'service', service)).toBe(all);
});
