/** The documents lead where they say, and each has its place on their site, which `npm run docs:build` makes. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const pages = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => join('docs', name));
const read = (name: string) => readFileSync(join(root, name), 'utf8');

/** As GitHub and the site name headings. */
const anchors = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\d\s-]/gu, '')
      .replaceAll(' ', '-'),
  );

test.each(['README.md', 'CONTRIBUTING.md', 'openapi/README.md', 'python/README.md', ...pages])(
  'the links of %s lead somewhere',
  (name) => {
    const links = [...read(name).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
    const dead = links.filter(([, file = '', anchor]) => {
      const path = file === '' ? name : join(dirname(name), file);
      return !existsSync(join(root, path)) || (anchor !== undefined && !anchors(read(path)).includes(anchor));
    });
    expect(dead.map(([link]) => link)).toEqual([]);
  },
);

test('each page is named in the site’s list', () => {
  const config = read('docs/.vitepress/config.ts');
  const named = pages.filter((page) => dirname(page) === 'docs' && page !== 'docs/index.md');
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((page) => !config.includes(`'${basename(page, '.md')}'`))).toEqual([]);
});
