/** The answers of an evaluation, beside the questions. */
import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { findOwned } from '../../http/find-owned.js';
import { page, type Page } from '../../http/answer/page.js';
import { EvaluationItem } from '../../store/entities/evaluation-item.entity.js';
import { Evaluation } from '../../store/entities/evaluation.entity.js';
import { itemObject, type ItemFormat, type ItemObject, type ItemQuery } from './evaluation.schema.js';
import { parquetOf } from './items-parquet.js';

/** Answers that are read together, and a group of rows in Parquet. */
const EXPORTED_AT_ONCE = 500;

type Question = Pick<ItemObject, 'question' | 'references'>;

@Injectable()
export class EvaluationItemsService {
  constructor(private readonly dataSource: DataSource) {}

  async list(projectId: string, id: string, query: ItemQuery): Promise<Page<ItemObject>> {
    const { datasetId } = await findOwned(this.dataSource.manager, Evaluation, 'evaluation', { projectId, id });
    return this.page(id, datasetId, query);
  }

  /** All answers as a file, in constant memory. */
  async export(projectId: string, id: string, format: ItemFormat): Promise<Readable> {
    const { datasetId } = await findOwned(this.dataSource.manager, Evaluation, 'evaluation', { projectId, id });
    const pages = this.pages(id, datasetId);
    return Readable.from(format === 'parquet' ? parquetOf(pages) : linesOf(pages));
  }

  private async *pages(id: string, datasetId: string): AsyncGenerator<ItemObject[]> {
    let after: string | undefined;
    for (let more = true; more;) {
      const { data, last_id, has_more } = await this.page(id, datasetId, { after, limit: EXPORTED_AT_ONCE });
      yield data;
      after = last_id ?? undefined;
      more = has_more;
    }
  }

  private async page(
    id: string,
    datasetId: string,
    { after, limit, exact_match }: ItemQuery,
  ): Promise<Page<ItemObject>> {
    const { manager } = this.dataSource;
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

async function* linesOf(pages: AsyncIterable<readonly ItemObject[]>): AsyncGenerator<string> {
  for await (const items of pages) yield items.map((item) => `${JSON.stringify(item)}\n`).join('');
}
