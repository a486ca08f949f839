import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Deleted, TakesIdempotencyKey } from '../../http/answers.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { ProjectId } from '../../http/request.js';
import { ModelSpecInput } from '../../spec/model-spec.js';
import { ModelList, ModelObject, ModelQuery } from './model.schema.js';
import { ModelsService } from './models.service.js';

@ApiTags('Models')
@Controller('v1/models')
export class ModelsController {
  constructor(private readonly models: ModelsService) {}

  @Post()
  @TakesIdempotencyKey()
  @Answers(ModelObject, {
    summary: 'Make a model',
    description:
      'A new model with random weights, to be trained from nothing; the other sources are not built yet. Answers at once: poll until ' +
      '`status` is `ready` or `failed`.',
    status: 201,
  })
  createModel(@Idempotent() request: IdempotentRequest, @Body({ schema: ModelSpecInput }) body: ModelSpecInput) {
    return this.models.create(request, body);
  }

  @Get()
  @Answers(ModelList, { summary: 'List models' })
  listModels(@ProjectId() projectId: string, @Query({ schema: ModelQuery }) query: ModelQuery) {
    return this.models.list(projectId, query);
  }

  @Get(':id')
  @Answers(ModelObject, { summary: 'Get a model' })
  getModel(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.models.get(projectId, id);
  }

  @Delete(':id')
  @Answers(Deleted, { summary: 'Delete a model that no active run uses' })
  deleteModel(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.models.delete(projectId, id);
  }
}
