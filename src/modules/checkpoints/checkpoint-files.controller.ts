import { Controller, Get, Inject, Param, Req, Res, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { answerArchive, answerFile, AnswersArchive, AnswersFile, nameIn } from '../../http/answer/file-routes.js';
import { ProjectId } from '../../http/request/request.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { BLOB_STORE } from '../../store/store.module.js';
import { CheckpointsService } from './checkpoints.service.js';

@ApiTags('Checkpoints')
@Controller('v1/checkpoints/:id')
export class CheckpointFilesController {
  constructor(
    private readonly checkpoints: CheckpointsService,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
  ) {}

  @Get('files/*name')
  @AnswersFile('Download a file of a checkpoint')
  async getCheckpointFile(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Param('name') name: string | string[],
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile | undefined> {
    const file = await this.checkpoints.file(projectId, id, nameIn(name));
    return answerFile(this.blobs, file, request, response);
  }

  @Get('archive')
  @AnswersArchive('Download all files of a checkpoint as a tar archive')
  async getCheckpointArchive(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    return answerArchive(this.blobs, await this.checkpoints.find(projectId, id), response);
  }
}
