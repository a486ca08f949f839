import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Answers, AnswersBytes } from '../../http/answer/answers.js';
import { ProjectId } from '../../http/request/request.js';
import { streamed } from '../../http/answer/streamed.js';
import { TrajectoriesService } from './trajectories.service.js';
import { ExportQuery, TrajectoryList, TrajectoryObject, TrajectoryQuery } from './trajectory.schema.js';
import { TreeList, TreeObject, TreeQuery } from './tree.schema.js';
import { TreesService } from './trees.service.js';

const JSON_LINES = 'application/jsonl';

@ApiTags('Rollouts')
@Controller('v1')
export class RolloutsController {
  constructor(
    private readonly trees: TreesService,
    private readonly trajectories: TrajectoriesService,
  ) {}

  @Get('runs/:id/trees')
  @Answers(TreeList, { summary: 'List the rollout trees of a run, one per prompt and step' })
  listRunTrees(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: TreeQuery }) query: TreeQuery,
  ) {
    return this.trees.list(projectId, id, query);
  }

  @Get('trees/:id')
  @Answers(TreeObject, { summary: 'Get a rollout tree with its segments' })
  getTree(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.trees.get(projectId, id);
  }

  @Get('runs/:id/trajectories')
  @Answers(TrajectoryList, { summary: 'List the trajectories of a run' })
  listRunTrajectories(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: TrajectoryQuery }) query: TrajectoryQuery,
  ) {
    return this.trajectories.list(projectId, id, query);
  }

  @Get('runs/:id/trajectories/export')
  @AnswersBytes(JSON_LINES, {
    summary: 'Export the trajectories of a run',
    description: 'JSON Lines: each line is a trajectory as GET /v1/trajectories/{id} answers it.',
  })
  async exportRunTrajectories(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: ExportQuery }) query: ExportQuery,
    @Res({ passthrough: true }) response: Response,
  ) {
    const lines = await this.trajectories.export(projectId, id, query);
    response.setHeader('content-disposition', `attachment; filename="${id}-trajectories.jsonl"`);
    return streamed(lines, JSON_LINES);
  }

  @Get('trajectories/:id')
  @Answers(TrajectoryObject, { summary: 'Get a trajectory with its tokens' })
  getTrajectory(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.trajectories.get(projectId, id);
  }
}
