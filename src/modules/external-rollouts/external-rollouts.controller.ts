import { Body, Controller, Get, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { Config } from '../../config/config.js';
import { Answers, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { CONFIG } from '../../http/http.module.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { ProjectId } from '../../http/request/request.js';
import {
  ExternalRolloutList,
  ExternalRolloutObject,
  NewExternalRollout,
  RolloutEnd,
  RolloutQuery,
  RolloutRequest,
  RolloutReward,
} from './external-rollout.schema.js';
import { ExternalRolloutsService } from './external-rollouts.service.js';

@ApiTags('External agents')
@Controller('v1/runs/:id/rollouts')
export class ExternalRolloutsController {
  constructor(
    private readonly rollouts: ExternalRolloutsService,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @TakesIdempotencyKey()
  @ApiBody({ required: false })
  @Answers(NewExternalRollout, {
    summary: 'Ask for a rollout of a run whose agents are outside',
    description:
      'Of a run with `rollout.source: external`. Give the agent `base_url` and `api_key` as it would have those of OpenAI, let it answer the question in `example`, and then finish the rollout with its reward. ' +
      '429 with `Retry-After` while the run learns, or when all rollouts of its step have been asked for; 409 when it has ended or is paused.',
    status: 201,
  })
  createRollout(
    @Idempotent() request: IdempotentRequest,
    @Param('id') id: string,
    @Req() { protocol, headers }: Request,
    // oxlint-disable-next-line no-unused-vars -- it is there to be refused where it says something
    @Body({ schema: RolloutRequest.optional() }) _body: RolloutRequest | undefined,
  ) {
    return this.rollouts.open(request, id, this.config.publicUrl ?? `${protocol}://${headers.host}`);
  }

  @Get()
  @Answers(ExternalRolloutList, {
    summary: 'List the rollouts of agents that are outside',
    description: 'Those that have been asked for, of all steps and attempts of the run.',
  })
  listRollouts(
    @ProjectId() projectId: string,
    @Param('id') runId: string,
    @Query({ schema: RolloutQuery }) query: RolloutQuery,
  ) {
    return this.rollouts.list(projectId, runId, query);
  }

  @Get(':rollout_id')
  @Answers(ExternalRolloutObject, { summary: 'Get a rollout of an agent that is outside' })
  getRollout(@ProjectId() projectId: string, @Param('id') runId: string, @Param('rollout_id') id: string) {
    return this.rollouts.get(projectId, { runId, id });
  }

  @Post(':rollout_id/reward')
  @TakesIdempotencyKey()
  @Answers(ExternalRolloutObject, {
    summary: 'Say what a rollout was worth',
    description: 'Before it is finished. A second reward takes the place of the first.',
  })
  rewardRollout(
    @Idempotent() request: IdempotentRequest,
    @Param('id') runId: string,
    @Param('rollout_id') id: string,
    @Body({ schema: RolloutReward }) { reward }: RolloutReward,
  ) {
    return this.rollouts.reward(request, { runId, id }, reward);
  }

  @Post(':rollout_id/finish')
  @TakesIdempotencyKey()
  @ApiBody({ required: false })
  @Answers(ExternalRolloutObject, {
    summary: 'Finish a rollout',
    description:
      'Its agent is answered no longer. With a reward, here or given before; else the reward of the run is computed from the last trajectory; or with the error that kept the agent from its work.',
  })
  finishRollout(
    @Idempotent() request: IdempotentRequest,
    @Param('id') runId: string,
    @Param('rollout_id') id: string,
    @Body({ schema: RolloutEnd.optional() }) body: RolloutEnd | undefined,
  ) {
    return this.rollouts.finish(request, { runId, id }, body ?? {});
  }
}
