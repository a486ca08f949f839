/** Whether a dataset is the file of the benchmark that an evaluation names, by its answers and their number. */
import type { EntityManager } from 'typeorm';
import { benchmarkOf } from '../../spec/benchmarks/index.js';
import type { ResolvedEvaluationSpec } from '../../spec/evaluation-spec.js';
import type { SpecProblem } from '../../spec/problem.js';

/** Examples that are looked at. */
const LOOKED_AT = 1000;

interface Fit {
  problems: SpecProblem[];
  warnings: string[];
}

/** @param spec null: it names nothing to compare */
export async function benchmarkFit(
  manager: EntityManager,
  projectId: string,
  spec: ResolvedEvaluationSpec | null,
): Promise<Fit> {
  if (!spec || spec.benchmark === null) return { problems: [], warnings: [] };
  const { title, isReference, questions, file } = benchmarkOf(spec.benchmark);
  const rows = await manager.query<{ references: string[] | null; total: number }[]>(
    `SELECT e.data -> 'references' AS references, d.num_examples AS total
     FROM dataset_examples e JOIN datasets d ON d.id = e.dataset_id
     WHERE d.id = $1 AND d.project_id = $2 AND d.deleted_at IS NULL ORDER BY e.index LIMIT $3`,
    [spec.dataset, projectId, LOOKED_AT],
  );
  const others = rows.filter(({ references }) => !references?.some(isReference));
  if (rows.length > 0 && others.length > rows.length / 2) {
    const message = `most of its answers are none of ${title}, such as ${JSON.stringify(others[0]?.references?.[0] ?? null)}: ${file}`;
    return { problems: [{ path: 'dataset', message }], warnings: [] };
  }
  const total = rows[0]?.total ?? 0;
  const asked = Math.min(total, spec.limit ?? Infinity);
  if (asked === questions || total === 0) return { problems: [], warnings: [] };
  return {
    problems: [],
    warnings: [`${asked} questions are asked, and the paper’s evaluation of ${title} has ${questions}`],
  };
}
