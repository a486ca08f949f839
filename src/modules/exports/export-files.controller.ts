import { Controller, Get, Inject, Param, Req, Res, type StreamableFile } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { answerArchive, answerFile, AnswersArchive, AnswersFile, nameIn } from '../../http/answer/file-routes.js';
import { ProjectId } from '../../http/request/request.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { BLOB_STORE } from '../../store/store.module.js';
import { ExportsService } from './exports.service.js';

@ApiTags('Exports')
@Controller('v1/exports/:id')
export class ExportFilesController {
  constructor(
    private readonly exports: ExportsService,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
  ) {}

  @Get('files/*name')
  @AnswersFile('Download a file of an export')
  async getExportFile(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Param('name') name: string | string[],
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile | undefined> {
    return answerFile(this.blobs, await this.exports.file(projectId, id, nameIn(name)), request, response);
  }

  @Get('archive')
  @AnswersArchive('Download all files of an export as a tar archive')
  async getExportArchive(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Res({ passthrough: true }) response: Response,
  ): Promise<StreamableFile> {
    return answerArchive(this.blobs, await this.exports.ready(projectId, id), response);
  }
}
