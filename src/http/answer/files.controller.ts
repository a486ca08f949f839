/** The routes under which an object's files are downloaded, alike for everything that has files. What a download answers is in file-routes.ts. */
import { Controller, Get, Inject, Param, Req, Res, type StreamableFile, type Type } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { AppError } from '../../errors/app-error.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import type { StoredFile } from '../../store/shapes.js';
import { BLOB_STORE } from '../../store/store.module.js';
import { ProjectId } from '../request/request.js';
import { answerArchive, answerFile, AnswersArchive, AnswersFile, nameIn } from './file-routes.js';

export interface WithFiles {
  id: string;
  files: StoredFile[];
  createdAt: Date;
}

/** Finds an object whose files can be downloaded, or throws what the client is told. */
export interface FilesOwner {
  withFiles(projectId: string, id: string): Promise<WithFiles>;
}

/**
 * The controller of `v1/<object>s/:id/files/*name` and `v1/<object>s/:id/archive`.
 * @param owner the provider that finds the objects
 */
export function filesController(object: 'checkpoint' | 'export', tag: string, owner: Type<FilesOwner>): Type {
  const Name = object === 'checkpoint' ? 'Checkpoint' : 'Export';
  const article = object === 'checkpoint' ? 'a' : 'an';

  @ApiTags(tag)
  @Controller(`v1/${object}s/:id`)
  class FilesController {
    constructor(
      @Inject(owner) private readonly objects: FilesOwner,
      @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    ) {}

    @Get('files/*name')
    @AnswersFile(`Download a file of ${article} ${object}`, `get${Name}File`)
    async file(
      @ProjectId() projectId: string,
      @Param('id') id: string,
      @Param('name') parameter: string | string[],
      @Req() request: Request,
      @Res({ passthrough: true }) response: Response,
    ): Promise<StreamableFile | undefined> {
      const name = nameIn(parameter);
      const { files } = await this.objects.withFiles(projectId, id);
      const file = files.find((one) => one.name === name);
      if (!file) throw new AppError('NOT_FOUND', { object: `${object} file`, id: name });
      return answerFile(this.blobs, file, request, response);
    }

    @Get('archive')
    @AnswersArchive(`Download all files of ${article} ${object} as a tar archive`, `get${Name}Archive`)
    async archive(
      @ProjectId() projectId: string,
      @Param('id') id: string,
      @Res({ passthrough: true }) response: Response,
    ): Promise<StreamableFile> {
      return answerArchive(this.blobs, await this.objects.withFiles(projectId, id), response);
    }
  }
  return FilesController;
}
