import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { NeedsScope } from '../../http/keys/auth.guard.js';
import { CreatedKeyObject, NewKey } from './key.schema.js';
import { KeysService } from './keys.service.js';

@ApiTags('Projects')
@NeedsScope('operator')
@Controller('v1/projects/:id/keys')
export class ProjectKeysController {
  constructor(private readonly keys: KeysService) {}

  @Post()
  @TakesIdempotencyKey()
  @Answers(CreatedKeyObject, { summary: 'Create a key for a project', status: 201 })
  createProjectKey(
    @Idempotent() request: IdempotentRequest,
    @Param('id') id: string,
    @Body({ schema: NewKey }) body: NewKey,
  ) {
    return this.keys.createFor(request, id, body);
  }
}
