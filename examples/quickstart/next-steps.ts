/** What a user can do next, in commands to copy. Does none of it. */
import { relative } from 'node:path';
import type { Options } from './options.js';

/** @param folder the data folder of the quickstart's service */
export function nextSteps(method: Options['method'], folder: string): string[] {
  const path = relative('', folder);
  const other = method === 'arpo' ? 'grpo' : 'arpo';
  return [
    'Next:',
    `  npm run quickstart -- --method ${other}`,
    '      trains the same cold start the other way: compare the tool calls',
    '  npm run quickstart -- --keep',
    '      leaves the service running at the end, and lets you ask about two countries of your own',
    `  BOUGH_DATA_DIR=${path} npm start`,
    `      serves these runs and every trajectory again; its /docs lets you try each request, with the key in ${path}/api-key`,
  ];
}
