/** The documentation as a site: `npm run docs:build` writes it to dist/docs, `npx vitepress dev docs` serves it while it is written. Nothing on it comes from another host; a link to a page that is not there fails the build. */
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';

const docs = join(import.meta.dirname, '..');

const items = (...names: string[]) => names.map((name) => ({ text: titleOf(name), link: `/${name}` }));

/** Of a page, which is its first line. */
function titleOf(name: string): string {
  const [heading = ''] = readFileSync(join(docs, `${name}.md`), 'utf8').split('\n', 1);
  return heading.replace(/^# /, '');
}

const decisions = readdirSync(join(docs, 'decisions'))
  .filter((file) => file.endsWith('.md'))
  .map((file) => `decisions/${file.slice(0, -'.md'.length)}`);

export default defineConfig({
  title: 'Bough',
  description: 'Reinforcement learning for language-model agents that call tools, as an HTTP service',
  outDir: '../dist/docs',
  cacheDir: '../node_modules/.cache/vitepress',
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Tutorial', link: '/tutorial' },
      { text: 'API', link: '/api' },
      { text: 'Operations', link: '/operations' },
      { text: 'Decisions', link: `/${decisions.at(-1)}` },
    ],
    sidebar: [
      { text: 'Start', items: [{ text: 'What Bough is', link: '/' }, ...items('tutorial', 'api', 'coding-agents')] },
      { text: 'Use it', items: items('training', 'tools', 'rewards', 'agents', 'evaluations', 'models') },
      { text: 'Clients', items: items('client', 'python') },
      { text: 'Run it', items: items('operations', 'scaling', 'protocol', 'replay') },
      {
        text: 'What was measured',
        items: items('what-holds', 'methods', 'tool-calls', 'smollm2', 'benchmarks', 'interop'),
      },
      { text: 'Decisions', collapsed: true, items: items(...decisions) },
    ],
  },
  buildEnd({ outDir }) {
    copyFileSync(join(docs, '../web/public/llms.txt'), join(outDir, 'llms.txt'));
  },
});
