/** What specs refer to by id: whether it exists, is the project's and is of the right kind. Who uses it then is in uses.ts. */
import type { EntityManager } from 'typeorm';
import type { DatasetKind } from '../spec/enums.js';
import type { SpecProblem } from '../spec/problem.js';
import { Secret } from './entities/secret.entity.js';
import { secretsOf, type ResolvedRewardSpec } from '../spec/rewards/index.js';
import type { ResolvedIntegration } from '../spec/run/integrations.js';
import { contextProblems, type Extent } from '../spec/run/context.js';
import { corpusOf, toolSecrets, type ResolvedToolSpec } from '../spec/tools/index.js';

/** An id in a spec, or the name of a secret, and what has to be there. Without a kind, any dataset will do. */
export interface Reference {
  path: string;
  id: string;
  to: 'model' | 'dataset' | 'secret';
  kind?: DatasetKind;
  /** Whether the model is to be asked: prompts are made with its chat template. */
  asked?: true;
  /** What must fit into the context of the model. */
  holds?: Extent;
  /** What to do when it is not there, where naming another one is not all. */
  remedy?: string;
}

/** The corpus and the secrets of each tool. */
export function toolReferences(tools: readonly ResolvedToolSpec[]): Reference[] {
  return tools.flatMap((tool, i) => {
    const corpus = corpusOf(tool);
    const references: Reference[] = toolSecrets(tool).map(({ path, name }) => ({
      path: `tools.${i}.${path}`,
      id: name,
      to: 'secret',
    }));
    if (corpus !== null) references.push({ path: `tools.${i}.corpus`, id: corpus, to: 'dataset', kind: 'corpus' });
    return references;
  });
}

/** The secrets of a reward. */
export const rewardReferences = (reward: ResolvedRewardSpec, path = 'reward'): Reference[] =>
  secretsOf(reward, path).map((secret) => ({ path: secret.path, id: secret.name, to: 'secret' }));

/** The secrets of experiment trackers. */
export const integrationReferences = (integrations: readonly ResolvedIntegration[]): Reference[] =>
  integrations.flatMap(({ secret }, i) =>
    secret === null ? [] : [{ path: `integrations.${i}.secret`, id: secret, to: 'secret' as const }],
  );

/** What was found. A field is absent where it says nothing of such a thing, and null while nobody knows. */
interface Found {
  status: string;
  reason?: string | null;
  kind?: string;
  hasChatTemplate?: boolean | null;
  /** Tokens. */
  contextLength?: number | null;
}

/** Why a model that is to be asked is not usable. */
export const NO_CHAT_TEMPLATE =
  'it has no chat template, which makes prompts of messages: bring it again with "chat_template" in its tokenizer_config.json';

/** Of the model that the runs behind a checkpoint have started from: a run changes weights alone. */
const CONTEXT_OF_CHECKPOINT = `
  WITH RECURSIVE origins (id) AS (
    SELECT runs.model_id FROM runs WHERE runs.id = checkpoints.run_id
    UNION
    SELECT runs.model_id FROM origins
    JOIN checkpoints earlier ON earlier.id = origins.id JOIN runs ON runs.id = earlier.run_id)
  SELECT models.context_length FROM origins JOIN models ON models.id = origins.id`;

const QUERIES = {
  ds: `SELECT kind, status, error ->> 'message' AS reason FROM datasets`,
  mdl: `SELECT status, error ->> 'message' AS reason, has_chat_template AS "hasChatTemplate", context_length AS "contextLength"
    FROM models`,
  ckpt: `SELECT 'ready' AS status, (${CONTEXT_OF_CHECKPOINT}) AS "contextLength" FROM checkpoints`,
} as const;

/** The models, checkpoints and datasets that are referred to. */
export const idsOf = (references: readonly Reference[]): string[] =>
  references.filter(({ to }) => to !== 'secret').map(({ id }) => id);

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
    const found = await find(manager, projectId, reference);
    const message = problemWith(reference, found);
    if (message !== null) {
      const remedy = reference.remedy === undefined ? '' : `; ${reference.remedy}`;
      problems.push({ path: reference.path, message: `${message}${remedy}` });
    } else if (reference.holds && found?.contextLength != null) {
      problems.push(...contextProblems(reference.holds, found.contextLength, reference.id));
    }
  }
  return problems;
}

const isPrefix = (prefix: string): prefix is keyof typeof QUERIES => Object.hasOwn(QUERIES, prefix);

/** Undefined where there is no such thing; null for an id of nothing that can be referred to. */
async function find(
  manager: EntityManager,
  projectId: string,
  { id, to }: Reference,
): Promise<Found | undefined | null> {
  if (to === 'secret') {
    // One may be deleted at any time: what refers to it then fails and says so.
    const isThere = await manager.existsBy(Secret, { projectId, name: id });
    return isThere ? { status: 'ready' } : undefined;
  }
  const prefix = id.slice(0, id.indexOf('_'));
  if (!isPrefix(prefix)) return null;
  const [found] = await manager.query<Found[]>(
    `${QUERIES[prefix]} WHERE id = $1 AND project_id = $2 AND deleted_at IS NULL FOR KEY SHARE`,
    [id, projectId],
  );
  return found;
}

function problemWith({ id, to, kind, asked }: Reference, found: Found | undefined | null): string | null {
  if (found === null) return `not an id of a ${to}: ${id}`;
  if (!found && to === 'secret') return `no such secret: ${id}; post it to /v1/secrets`;
  if (!found) return `no such ${id.startsWith('ckpt_') ? 'checkpoint' : to}: ${id}`;
  if (found.status === 'failed') return `${id} is not usable: ${found.reason ?? 'it has failed'}`;
  if (asked && found.hasChatTemplate === false) return `${id} is not usable: ${NO_CHAT_TEMPLATE}`;
  if (kind && found.kind !== kind) return `${id} is a dataset of kind ${found.kind}; give one of kind ${kind}`;
  return null;
}
