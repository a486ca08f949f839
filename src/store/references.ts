/** What specs refer to by id: whether it exists, is the project's and is of the right kind. Who uses it then is in uses.ts. */
import type { EntityManager } from 'typeorm';
import type { DatasetKind } from '../spec/enums.js';
import type { SpecProblem } from '../spec/problem.js';

/** An id in a spec, and what has to be there. Without a kind, any dataset will do. */
export interface Reference {
  path: string;
  id: string;
  to: 'model' | 'dataset';
  kind?: DatasetKind;
  /** Whether the model is to be asked: prompts are made with its chat template. */
  asked?: true;
  /** What to do when it is not there, where naming another one is not all. */
  remedy?: string;
}

interface Found {
  kind: string | null;
  status: string;
  reason: string | null;
  /** Null while nobody knows, and of what is no model. */
  hasChatTemplate: boolean | null;
}

/** Why a model that is to be asked is not usable. */
export const NO_CHAT_TEMPLATE =
  'it has no chat template, which makes prompts of messages: bring it again with "chat_template" in its tokenizer_config.json';

const QUERIES = {
  ds: `SELECT kind, status, error ->> 'message' AS reason, NULL AS "hasChatTemplate" FROM datasets`,
  mdl: `SELECT NULL AS kind, status, error ->> 'message' AS reason, has_chat_template AS "hasChatTemplate" FROM models`,
  ckpt: `SELECT NULL AS kind, 'ready' AS status, NULL AS reason, NULL AS "hasChatTemplate" FROM checkpoints`,
} as const;

/** What is referred to. */
export const idsOf = (references: readonly Reference[]): string[] => references.map(({ id }) => id);

/**
 * What is wrong with these references. What is found is kept from being deleted until the caller's transaction ends. Datasets and models that
 * are still processing are fine: the work waits for them.
 */
export async function referenceProblems(
  manager: EntityManager,
  projectId: string,
  references: readonly Reference[],
): Promise<SpecProblem[]> {
  const problems: SpecProblem[] = [];
  for (const reference of references) {
    const message = await problemWith(manager, projectId, reference);
    if (message === null) continue;
    const remedy = reference.remedy === undefined ? '' : `; ${reference.remedy}`;
    problems.push({ path: reference.path, message: `${message}${remedy}` });
  }
  return problems;
}

async function problemWith(
  manager: EntityManager,
  projectId: string,
  { id, to, kind, asked }: Reference,
): Promise<string | null> {
  const prefix = id.slice(0, id.indexOf('_'));
  if (prefix !== 'ds' && prefix !== 'mdl' && prefix !== 'ckpt') return `not an id of a ${to}: ${id}`;
  const [found] = await manager.query<Found[]>(
    `${QUERIES[prefix]} WHERE id = $1 AND project_id = $2 AND deleted_at IS NULL FOR KEY SHARE`,
    [id, projectId],
  );
  if (!found) return `no such ${prefix === 'ckpt' ? 'checkpoint' : to}: ${id}`;
  if (found.status === 'failed') return `${id} is not usable: ${found.reason ?? 'it has failed'}`;
  if (asked && found.hasChatTemplate === false) return `${id} is not usable: ${NO_CHAT_TEMPLATE}`;
  if (kind && found.kind !== kind) return `${id} is a dataset of kind ${found.kind}; give one of kind ${kind}`;
  return null;
}
