/** Compares two evaluations of a project. Reads their answers; the figures are those of compare-evaluations.ts. */
import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { DataSource, In, type EntityManager } from 'typeorm';
import { AppError } from '../../errors/app-error.js';
import { refuse } from '../../http/answer/problems.js';
import { FINAL_EVALUATION_STATUSES } from '../../spec/enums.js';
import { isRightBy, rightBy } from '../../spec/evaluation-spec.js';
import { Dataset } from '../../store/entities/dataset.entity.js';
import { EvaluationItem } from '../../store/entities/evaluation-item.entity.js';
import { Evaluation } from '../../store/entities/evaluation.entity.js';
import { compareEvaluations, type ComparedAnswer } from './compare-evaluations.js';
import type { ComparisonInput, ComparisonObject } from './comparison.schema.js';

const SHOWN_FLIPS = 100;
/** Of a spec, what says nothing of how it was asked. */
const IDLE = ['model', 'dataset', 'metadata'];
/** What has to be the same for a difference to be one of the models. */
const DECISIVE = ['grader', 'limit', 'prompt', 'sampling', 'tools'];

@Injectable()
export class ComparisonsService {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws {AppError} EVALUATION_NOT_FINISHED, or UNPROCESSABLE_SPEC where one is not there or they have been asked different questions */
  async compare(projectId: string, { a: idOfA, b: idOfB, measure }: ComparisonInput): Promise<ComparisonObject> {
    const { manager } = this.dataSource;
    const a = await ended(manager, projectId, 'a', idOfA);
    const b = await ended(manager, projectId, 'b', idOfB);
    await refuseOthers(manager, a, b);
    const [ofA, ofB] = [await answersOf(manager, a, measure), await answersOf(manager, b, measure)];
    const { flipped, ...figures } = compareEvaluations(ofA, ofB);
    const shown = flipped.slice(0, SHOWN_FLIPS);
    const questions = await questionsOf(
      manager,
      a.datasetId,
      shown.map(({ example }) => example),
    );
    const differing = differingFields(a, b);
    return {
      object: 'evaluation.comparison',
      a: a.id,
      b: b.id,
      measure,
      ...figures,
      flipped: shown.map(({ example, ...shares }) => ({
        example,
        question: questions.get(example) ?? null,
        ...shares,
      })),
      differing,
      warnings: [...cutShort(a), ...cutShort(b), ...unlike(differing)],
    };
  }
}

async function ended(manager: EntityManager, projectId: string, path: 'a' | 'b', id: string): Promise<Evaluation> {
  const evaluation = await manager.findOneBy(Evaluation, { projectId, id });
  if (!evaluation)
    throw new AppError('UNPROCESSABLE_SPEC', { problems: [{ path, message: `no such evaluation: ${id}` }] });
  const { status } = evaluation;
  if (!FINAL_EVALUATION_STATUSES.includes(status)) {
    throw new AppError('EVALUATION_NOT_FINISHED', { evaluationId: id, status });
  }
  return evaluation;
}

/** A file that was uploaded twice has the same questions. */
async function refuseOthers(manager: EntityManager, a: Evaluation, b: Evaluation): Promise<void> {
  if (a.datasetId === b.datasetId) return;
  const datasets = await manager.findBy(Dataset, { id: In([a.datasetId, b.datasetId]) });
  const [one, other] = datasets.map(({ sha256, mapping }) => ({ sha256, mapping }));
  if (one && other && isDeepStrictEqual(one, other)) return;
  const message = `was asked other questions than ${a.id}: their datasets are ${b.datasetId} and ${a.datasetId}`;
  refuse([{ path: 'b', message }]);
}

async function answersOf(
  manager: EntityManager,
  { id: evaluationId, spec }: Evaluation,
  measure: ComparisonInput['measure'],
): Promise<ComparedAnswer[]> {
  const items = await manager.find(EvaluationItem, {
    select: { example: true, reward: true, exactMatch: true },
    where: { evaluationId, rewardStatus: 'scored' },
    order: { example: 'ASC' },
  });
  const right = rightBy(spec);
  return items.map(({ example, reward, exactMatch }) => {
    const isRight = isRightBy(right, { reward, exactMatch });
    const values = { right: isRight ? 1 : 0, reward: reward ?? 0, exact_match: exactMatch ?? 0 };
    return { example, value: values[measure], isRight };
  });
}

async function questionsOf(
  manager: EntityManager,
  datasetId: string,
  examples: readonly number[],
): Promise<Map<number, string>> {
  const rows = await manager.query<{ index: number; question: string }[]>(
    `SELECT index, data ->> 'question' AS question FROM dataset_examples WHERE dataset_id = $1 AND index = ANY($2)`,
    [datasetId, examples],
  );
  return new Map(rows.map(({ index, question }) => [index, question]));
}

function differingFields(a: Evaluation, b: Evaluation): string[] {
  const one: Record<string, unknown> = { ...a.spec };
  const other: Record<string, unknown> = { ...b.spec };
  return Object.keys({ ...one, ...other }).filter(
    (name) => !IDLE.includes(name) && !isDeepStrictEqual(one[name], other[name]),
  );
}

function cutShort({ id, status, progress: { done, total } }: Evaluation): string[] {
  if (status === 'succeeded') return [];
  return [`${id} is ${status}, with ${done} of ${total ?? 'its'} answers: the questions that it came to are compared`];
}

function unlike(differing: readonly string[]): string[] {
  const decisive = differing.filter((name) => DECISIVE.includes(name));
  if (decisive.length === 0) return [];
  return [`the two differ in ${decisive.join(', ')}: the difference is not one of the models alone`];
}
