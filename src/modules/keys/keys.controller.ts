import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Deleted, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { pageQuery, type PageQuery } from '../../http/answer/page.js';
import { NeedsScope } from '../../http/keys/auth.guard.js';
import { ProjectId, Scopes } from '../../http/request/request.js';
import type { KeyScope } from '../../spec/enums.js';
import { CreatedKeyObject, KeyList, NewKey } from './key.schema.js';
import { KeysService } from './keys.service.js';

const LIST_QUERY = pageQuery('key');

@ApiTags('Keys')
@NeedsScope('admin')
@Controller('v1/keys')
export class KeysController {
  constructor(private readonly keys: KeysService) {}

  @Post()
  @TakesIdempotencyKey()
  @Answers(CreatedKeyObject, { summary: 'Create a key for this project', status: 201 })
  createKey(
    @Idempotent() request: IdempotentRequest,
    @Scopes() held: readonly KeyScope[],
    @Body({ schema: NewKey }) body: NewKey,
  ) {
    return this.keys.create(request, held, body);
  }

  @Get()
  @Answers(KeyList, { summary: 'List the keys of this project' })
  listKeys(@ProjectId() projectId: string, @Query({ schema: LIST_QUERY }) query: PageQuery) {
    return this.keys.list(projectId, query);
  }

  @Delete(':id')
  @Answers(Deleted, {
    summary: 'Revoke a key',
    description: 'Other API processes than the one that answers may still accept the key for 5 seconds.',
  })
  deleteKey(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.keys.revoke(projectId, id);
  }
}
