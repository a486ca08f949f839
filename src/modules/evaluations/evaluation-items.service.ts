/** The answers of an evaluation, beside the questions. */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { findOwned } from '../../http/find-owned.js';
import { page, type Page } from '../../http/answer/page.js';
import { EvaluationItem } from '../../store/entities/evaluation-item.entity.js';
import { Evaluation } from '../../store/entities/evaluation.entity.js';
import { itemObject, type ItemObject, type ItemQuery } from './evaluation.schema.js';

type Question = Pick<ItemObject, 'question' | 'references'>;

@Injectable()
export class EvaluationItemsService {
  constructor(private readonly dataSource: DataSource) {}

  async list(projectId: string, id: string, { after, limit, exact_match }: ItemQuery): Promise<Page<ItemObject>> {
    const { manager } = this.dataSource;
    const { datasetId } = await findOwned(manager, Evaluation, 'evaluation', { projectId, id });
    const items = manager.createQueryBuilder(EvaluationItem, 'item').where({ evaluationId: id });
    if (after !== undefined) {
      const [example, sample] = after.split('_').map(Number);
      items.andWhere('(item.example, item.sample) > (:example, :sample)', { example, sample });
    }
    if (exact_match !== undefined) {
      // As the index has it.
      items.andWhere(`${exact_match ? '' : 'NOT '}(coalesce(item.exactMatch, 0) = 1)`);
    }
    const rows = await items
      .orderBy({ 'item.example': 'ASC', 'item.sample': 'ASC' })
      .take(limit + 1)
      .getMany();
    const shown = rows.slice(0, limit);
    const questions = await this.questions(
      datasetId,
      shown.map(({ example }) => example),
    );
    return page(
      shown.map((item) => itemObject(item, questions.get(item.example) ?? { question: null, references: null })),
      rows.length > limit,
      (item) => item.id,
    );
  }

  private async questions(datasetId: string, examples: number[]): Promise<Map<number, Question>> {
    const rows = await this.dataSource.query<({ index: number } & Question)[]>(
      `SELECT index, data ->> 'question' AS question, data -> 'references' AS references
       FROM dataset_examples WHERE dataset_id = $1 AND index = ANY($2)`,
      [datasetId, examples],
    );
    return new Map(rows.map(({ index, ...question }) => [index, question]));
  }
}
