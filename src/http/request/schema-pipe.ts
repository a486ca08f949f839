/** Validates bodies, queries and path parameters by the zod schema given where they are declared, and refuses what cannot be stored. */
import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import { z } from 'zod';
import { AppError } from '../../errors/app-error.js';
import { problemsOf, unstorableTexts } from '../answer/problems.js';

@Injectable()
export class SchemaPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({
      exceptionFactory: (issues) => new AppError('INVALID_REQUEST', { problems: problemsOf(issues) }),
    });
  }

  override async transform<T>(value: T, metadata: ArgumentMetadata): Promise<T> {
    if (metadata.type === 'body' && value === undefined && !(metadata.schema instanceof z.ZodOptional)) {
      throw AppError.invalid('', 'send a JSON body with the header content-type: application/json');
    }
    if (metadata.type !== 'custom') {
      const problems = unstorableTexts(value, metadata.data === undefined ? [] : [metadata.data]);
      if (problems.length > 0) throw new AppError('INVALID_REQUEST', { problems });
    }
    return super.transform(value, metadata);
  }
}
