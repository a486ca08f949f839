/** Validates bodies, queries and path parameters by the zod schema given where they are declared, and refuses what cannot be stored. */
import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { AppError } from '../../errors/app-error.js';
import { problemsOf, unstorableTexts } from '../answer/problems.js';

@Injectable()
export class SchemaPipe implements PipeTransform {
  private readonly validation = new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => new AppError('INVALID_REQUEST', { problems: problemsOf(issues) }),
  });

  /** At once where there is no schema, as of an id: a promise would cost more than the check. */
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    if (metadata.type === 'body' && value === undefined && !(metadata.schema instanceof z.ZodOptional)) {
      throw AppError.invalid('', 'send a JSON body with the header content-type: application/json');
    }
    if (metadata.type !== 'custom') {
      const problems = unstorableTexts(value, metadata.data === undefined ? [] : [metadata.data]);
      if (problems.length > 0) throw new AppError('INVALID_REQUEST', { problems });
    }
    return metadata.schema ? this.validation.transform(value, metadata) : value;
  }
}
