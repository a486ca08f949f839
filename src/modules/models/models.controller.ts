import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { Config } from '../../config/config.js';
import { AppError } from '../../errors/app-error.js';
import { Answers, Deleted, DocumentsBodies, TakesIdempotencyKey } from '../../http/answer/answers.js';
import { formSchema } from '../../http/request/form-fields.js';
import { CONFIG } from '../../http/http.module.js';
import { Idempotent, type IdempotentRequest } from '../../http/idempotency.js';
import { FORM_TYPE, JSON_TYPE, TakesTypes } from '../../http/request/media-types.js';
import { ProjectId } from '../../http/request/request.js';
import { receiveUpload } from '../../http/request/upload.js';
import type { BlobStore } from '../../store/blobs/blob-store.js';
import { BLOB_STORE } from '../../store/store.module.js';
import { ModelSpecInput } from '../../spec/model-spec.js';
import { ModelForm, ModelList, ModelObject, ModelQuery } from './model.schema.js';
import { ModelsService } from './models.service.js';

@ApiTags('Models')
@Controller('v1/models')
export class ModelsController {
  constructor(
    private readonly models: ModelsService,
    @Inject(BLOB_STORE) private readonly blobs: BlobStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Post()
  @TakesTypes([JSON_TYPE, FORM_TYPE], `${JSON_TYPE}, or an archive as ${FORM_TYPE}`)
  @TakesIdempotencyKey()
  @DocumentsBodies({
    [FORM_TYPE]: formSchema(ModelForm, 'A tar of a Hugging Face directory, which may be compressed with gzip.'),
  })
  @Answers(ModelObject, {
    summary: 'Make a model, or bring one',
    description:
      'A new model with random weights, or one from outside: from the Hugging Face Hub, from a directory of the operator, or sent along as a ' +
      'tar (then as multipart/form-data). Answers at once: poll until `status` is `ready` or `failed`. What cannot be trained on fails, and ' +
      '`error` names what it is.',
    status: 201,
  })
  async createModel(
    @Req() httpRequest: Request,
    @Idempotent() request: IdempotentRequest,
    @Body({ schema: ModelSpecInput.optional() }) body: ModelSpecInput | undefined,
  ) {
    if (body !== undefined) return this.models.create(request, body);
    if (!httpRequest.is(FORM_TYPE)) {
      throw AppError.invalid('', 'send a JSON body, or an archive as multipart/form-data');
    }
    const { maxModelBytes: bytes, minUploadBytesPerS: minBytesPerS } = this.config;
    const limit = { bytes, setting: 'MAX_MODEL_BYTES', minBytesPerS };
    return this.models.upload(request, await receiveUpload(httpRequest, this.blobs, limit));
  }

  @Get()
  @Answers(ModelList, { summary: 'List models' })
  listModels(@ProjectId() projectId: string, @Query({ schema: ModelQuery }) query: ModelQuery) {
    return this.models.list(projectId, query);
  }

  @Get(':id')
  @Answers(ModelObject, { summary: 'Get a model' })
  getModel(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.models.get(projectId, id);
  }

  @Delete(':id')
  @Answers(Deleted, { summary: 'Delete a model that no active run uses' })
  deleteModel(@ProjectId() projectId: string, @Param('id') id: string) {
    return this.models.delete(projectId, id);
  }
}
