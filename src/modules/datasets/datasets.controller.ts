import { Controller, Delete, Get, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiTags, type ApiBodyOptions } from '@nestjs/swagger';
import type { Request } from 'express';
import type { Config } from '../../config/config.js';
import { Answers, Deleted, DocumentsBodies, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { FieldsInQuery, formSchema } from '../../http/request/form-fields.js';
import { CONFIG } from '../../http/http.module.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { FORM_TYPE, LINES_TYPES, TakesTypes } from '../../http/request/media-types.js';
import { ProjectId } from '../../http/request/request.js';
import { receiveUpload } from '../../http/request/upload.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { BLOB_STORE } from '../../store/store.module.js';
import { ROWS_BY_KIND } from './dataset-kinds.js';
import {
  DatasetFields,
  DatasetList,
  DatasetObject,
  DatasetQuery,
  ExampleList,
  ExampleQuery,
} from './dataset.schema.js';
import { DatasetsService } from './datasets.service.js';

type FormSchema = Extract<ApiBodyOptions, { schema: unknown }>['schema'];

@ApiTags('Datasets')
@Controller('v1/datasets')
export class DatasetsController {
  constructor(
    private readonly datasets: DatasetsService,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @TakesIdempotencyKey()
  @TakesTypes(
    [FORM_TYPE, ...LINES_TYPES],
    `${FORM_TYPE} with the fields and the file as \`file\`, or the lines themselves as ${LINES_TYPES[0]} with the fields in the query, as in ?kind=rl`,
  )
  @ApiConsumes(FORM_TYPE)
  @DocumentsBodies(
    Object.fromEntries(LINES_TYPES.map((type) => [type, { type: 'string', description: 'JSON Lines.' } as const])),
  )
  @FieldsInQuery(DatasetFields)
  @ApiBody({ schema: formSchema(DatasetFields, 'JSON Lines, a JSON array, CSV or Parquet.') as FormSchema })
  @Answers(DatasetObject, {
    summary: 'Upload a dataset',
    description:
      'As a form, or with the lines as the body and the fields in the query; `Content-Encoding: gzip` is unpacked. ' +
      'Answers as soon as the file is stored; the rows are read in the background. Poll until `status` is `ready` or `failed`. ' +
      'A row that cannot be used is reported in `rejected_rows` and the others stay; a file of which more than half cannot be used has `failed`.\n\n' +
      'The file is JSON Lines (one object on each line), one JSON array of objects, or CSV whose first line names the columns (separated by comma, semicolon or tab), in UTF-8 or in UTF-16 with a byte order mark, plain or as gzip; ' +
      'or Parquet, whose groups of rows have at most 256 MiB each. Unpacked it may have as much as an upload may. ' +
      'Cells of CSV are texts, an empty one is absent, and those of messages, conversations, answers, references and metadata may be JSON.\n\n' +
      `${ROWS_BY_KIND}\n\n` +
      'Other fields of a row are kept as metadata, but for a corpus. No number changes: one that a double cannot hold, such as an id of 64 bits, is kept as the text of its digits. ' +
      'A row with two fields of one name, or nested more than 100 levels deep, is refused. ' +
      'Where a program has written `\\boxed` or `\\frac` without escaping the backslash, so that a control character stands in its place, it is mended, and `warnings` says so.',
    status: 201,
  })
  async createDataset(@Req() httpRequest: Request, @Idempotent() request: IdempotentRequest) {
    const { maxUploadBytes: bytes, minUploadBytesPerS: minBytesPerS } = this.config;
    const limit = { bytes, setting: 'MAX_UPLOAD_BYTES', minBytesPerS };
    return this.datasets.create(request, await receiveUpload(httpRequest, this.blobs, limit));
  }

  @Get()
  @Answers(DatasetList, { summary: 'List datasets' })
  listDatasets(@ProjectId() projectId: string, @Query({ schema: DatasetQuery }) query: DatasetQuery) {
    return this.datasets.list(projectId, query);
  }

  @Get(':id')
  @Answers(DatasetObject, { summary: 'Get a dataset' })
  getDataset(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.datasets.get(projectId, id);
  }

  @Get(':id/examples')
  @Answers(ExampleList, { summary: 'List the examples of a dataset, in the order of the file' })
  listDatasetExamples(
    @ProjectId() projectId: string,
    @Param('id') id: string,
    @Query({ schema: ExampleQuery }) query: ExampleQuery,
  ) {
    return this.datasets.examples(projectId, id, query);
  }

  @Delete(':id')
  @Answers(Deleted, { summary: 'Delete a dataset that no active run uses' })
  deleteDataset(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.datasets.delete(projectId, id);
  }
}
