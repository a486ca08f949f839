import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Deleted, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { pageQuery, type PageQuery } from '../../http/answer/page.js';
import { ProjectId } from '../../http/request/request.js';
import { NewSecret, SecretList, SecretObject } from './secret.schema.js';
import { SecretsService } from './secrets.service.js';

const LIST_QUERY = pageQuery('secret');

@ApiTags('Secrets')
@Controller('v1/secrets')
export class SecretsController {
  constructor(private readonly secrets: SecretsService) {}

  @Post()
  @TakesIdempotencyKey()
  @Answers(SecretObject, {
    summary: 'Give a secret its value',
    description:
      'Specs refer to it by name. A name that there is already gets the new value, which a run that is under way sees when a worker takes it up again.',
    status: 201,
  })
  putSecret(@Idempotent() request: IdempotentRequest, @Body({ schema: NewSecret }) body: NewSecret) {
    return this.secrets.put(request, body);
  }

  @Get()
  @Answers(SecretList, { summary: 'List the secrets of this project, without their values' })
  listSecrets(@ProjectId() projectId: string, @Query({ schema: LIST_QUERY }) query: PageQuery) {
    return this.secrets.list(projectId, query);
  }

  @Delete(':id')
  @Answers(Deleted, {
    summary: 'Delete a secret',
    description: 'At once. Work that refers to it goes on until a worker takes it up again, and fails then.',
  })
  deleteSecret(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.secrets.delete(projectId, id);
  }
}
