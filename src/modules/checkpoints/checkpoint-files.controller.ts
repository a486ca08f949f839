import { Controller, Get, Inject, Param, Req, Res, type StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AnswersBytes } from '../../http/answers.js';
import { ProjectId } from '../../http/request.js';
import { streamed } from '../../http/streamed.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { BLOB_STORE } from '../../store/store.module.js';
import { CheckpointsService } from './checkpoints.service.js';
import { fileHead } from './file-head.js';

const BYTES = 'application/octet-stream';
const TAR = 'application/x-tar';

@ApiTags('Checkpoints')
@Controller('v1/checkpoints/:id')
export class CheckpointFilesController {
  constructor(
    private readonly checkpoints: CheckpointsService,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
  ) {}

  @Get('files/*name')
  @ApiParam({
    name: 'name',
    description: 'Name of the file; slashes may be written as they are.',
    schema: { type: 'string' },
  })
  @ApiHeader({ name: 'Range', required: false, description: 'One range of bytes.', schema: { type: 'string' } })
  @AnswersBytes(BYTES, {
    summary: 'Download a file of a checkpoint',
    description: 'The ETag is the sha256 of the file. Takes Range, If-Range and If-None-Match.',
  })
  @ApiResponse({
    status: 206,
    description: 'The range that was asked for',
    content: { [BYTES]: { schema: { type: 'string', format: 'binary' } } },
  })
  @ApiResponse({ status: 304, description: 'The client has the file' })
  async getCheckpointFile(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Param('name') name: string | string[],
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile | undefined> {
    const file = await this.checkpoints.file(projectId, id, Array.isArray(name) ? name.join('/') : name);
    const { status, headers, range } = fileHead(file, request.headers);
    response.status(status).set(headers);
    const hasBody = status !== 304 && request.method !== 'HEAD';
    return hasBody ? streamed(this.blobs.open(file.sha256, range ?? undefined), BYTES) : undefined;
  }

  @Get('archive')
  @AnswersBytes(TAR, { summary: 'Download all files of a checkpoint as a tar archive' })
  async getCheckpointArchive(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    const archive = await this.checkpoints.archive(projectId, id);
    response.setHeader('content-disposition', `attachment; filename="${id}.tar"`);
    return streamed(archive, TAR);
  }
}
