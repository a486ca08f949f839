import { z } from 'zod';
import { DatasetId } from '../ids.js';
import { overlay } from '../overlay.js';
import type { SpecProblem } from '../problem.js';
import { toolRow } from './tool-row.js';

const DEFAULTS = { top_k: 3, k1: 1.2, b: 0.75 };

const resolved = z.strictObject({
  type: z.literal('search'),
  corpus: DatasetId.optional().describe('A dataset of kind `corpus`, searched with BM25.'),
  provider: z.enum(['brave', 'serper', 'searxng', 'tavily']).optional(),
  secret: z.string().optional(),
  top_k: z.int().min(1).max(50).describe(`Documents returned per call. Default ${DEFAULTS.top_k}.`),
  k1: z.number().min(0).max(10).describe(`BM25 term saturation. Default ${DEFAULTS.k1}.`),
  b: z.number().min(0).max(1).describe(`BM25 length normalisation. Default ${DEFAULTS.b}.`),
});

export const search = toolRow({
  input: resolved.partial({ top_k: true, k1: true, b: true }),
  resolved,
  nameOf: () => 'search',
  resolve: (tool) => overlay<z.infer<typeof resolved>>({ type: 'search', ...DEFAULTS }, tool),
  problems({ provider, corpus, secret }, path) {
    const problems: SpecProblem[] = [];
    if (provider) problems.push({ path: `${path}.provider`, message: 'web search is not built yet; name a corpus' });
    else if (!corpus) problems.push({ path: `${path}.corpus`, message: 'name a dataset of kind corpus' });
    if (secret) problems.push({ path: `${path}.secret`, message: 'a corpus needs no secret; remove it' });
    return problems;
  },
});
