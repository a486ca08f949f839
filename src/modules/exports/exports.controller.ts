import { Body, Controller, Delete, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers, Deleted, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { ProjectId } from '../../http/request/request.js';
import { ExportSpecInput } from '../../spec/export-spec.js';
import { ExportList, ExportObject, ExportQuery } from './export.schema.js';
import { ExportsService } from './exports.service.js';

@ApiTags('Exports')
@Controller('v1/exports')
export class ExportsController {
  constructor(private readonly exports: ExportsService) {}

  @Post()
  @TakesIdempotencyKey()
  @Answers(ExportObject, {
    summary: 'Export a model or a checkpoint',
    description:
      'Writes it in the form that other programs read. Answers at once: poll until `status` is `ready` or `failed`. The files stay until the ' +
      'export is deleted, whatever becomes of the model.',
    status: 201,
  })
  createExport(@Idempotent() request: IdempotentRequest, @Body({ schema: ExportSpecInput }) body: ExportSpecInput) {
    return this.exports.create(request, body);
  }

  @Get()
  @Answers(ExportList, { summary: 'List exports' })
  listExports(@ProjectId() projectId: string, @Query({ schema: ExportQuery }) query: ExportQuery) {
    return this.exports.list(projectId, query);
  }

  @Get(':id')
  @Answers(ExportObject, { summary: 'Get an export' })
  getExport(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.exports.get(projectId, id);
  }

  @Delete(':id')
  @Answers(Deleted, { summary: 'Delete an export, or stop one that is being written' })
  deleteExport(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.exports.delete(projectId, id);
  }
}
