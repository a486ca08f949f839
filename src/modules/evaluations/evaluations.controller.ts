import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Answers, AnswersBytes, Deleted, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { ProjectId } from '../../http/request/request.js';
import { streamed } from '../../http/answer/streamed.js';
import { EvaluationSpecInput } from '../../spec/evaluation-spec.js';
import { ComparisonInput, ComparisonObject } from './comparison.schema.js';
import { ComparisonsService } from './comparisons.service.js';
import { EvaluationItemsService } from './evaluation-items.service.js';
import {
  EvaluationList,
  EvaluationObject,
  EvaluationQuery,
  ItemExportQuery,
  ItemList,
  ItemQuery,
} from './evaluation.schema.js';
import { EvaluationsService } from './evaluations.service.js';

const ITEM_TYPES = { jsonl: 'application/jsonl', parquet: 'application/vnd.apache.parquet' } as const;

@ApiTags('Evaluations')
@Controller('v1/evaluations')
export class EvaluationsController {
  constructor(
    private readonly evaluations: EvaluationsService,
    private readonly items: EvaluationItemsService,
    private readonly comparisons: ComparisonsService,
  ) {}

  @Post()
  @TakesIdempotencyKey()
  @Answers(EvaluationObject, {
    summary: 'Evaluate a model or a checkpoint on a dataset',
    description:
      'Answers at once with the evaluation in state `queued`: poll until its status is final. What is not given of system prompt, tools, grader ' +
      'and limits comes from the run that made the checkpoint; `spec` shows what is used.',
    status: 201,
  })
  createEvaluation(
    @Idempotent() request: IdempotentRequest,
    @Body({ schema: EvaluationSpecInput }) body: EvaluationSpecInput,
  ) {
    return this.evaluations.create(request, body);
  }

  @Get()
  @Answers(EvaluationList, { summary: 'List evaluations' })
  listEvaluations(@ProjectId() projectId: string, @Query({ schema: EvaluationQuery }) query: EvaluationQuery) {
    return this.evaluations.list(projectId, query);
  }

  @Get(':id')
  @Answers(EvaluationObject, { summary: 'Get an evaluation' })
  getEvaluation(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.evaluations.get(projectId, id);
  }

  @Get(':id/items')
  @Answers(ItemList, { summary: 'List the answers of an evaluation, in the order of the dataset' })
  listEvaluationItems(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: ItemQuery }) query: ItemQuery,
  ) {
    return this.items.list(projectId, id, query);
  }

  @Get(':id/items/export')
  @AnswersBytes(Object.values(ITEM_TYPES), {
    summary: 'Export the answers of an evaluation, with their questions',
    description: 'JSON Lines, each line an item as GET /v1/evaluations/{id}/items answers it, or Parquet.',
  })
  async exportEvaluationItems(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: ItemExportQuery }) { format }: ItemExportQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    const file = await this.items.export(projectId, id, format);
    response.setHeader('content-disposition', `attachment; filename="${id}-items.${format}"`);
    return streamed(file, ITEM_TYPES[format]);
  }

  @Post('compare')
  @Answers(ComparisonObject, {
    summary: 'Compare two evaluations of the same questions',
    description:
      'Question by question, so that what is hard for both says nothing of the difference: the mean difference with its 95% interval, McNemar’s test, and the ' +
      'questions that flipped. Nothing is stored.',
  })
  compareEvaluations(@ProjectId() projectId: string, @Body({ schema: ComparisonInput }) body: ComparisonInput) {
    return this.comparisons.compare(projectId, body);
  }

  @Post(':id/cancel')
  @TakesIdempotencyKey()
  @Answers(EvaluationObject, { summary: 'Cancel an evaluation' })
  cancelEvaluation(@Idempotent() request: IdempotentRequest, @Param('id') id: string) {
    return this.evaluations.cancel(request, id);
  }

  @Delete(':id')
  @Answers(Deleted, { summary: 'Delete a finished evaluation, with its answers' })
  deleteEvaluation(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.evaluations.delete(projectId, id);
  }
}
