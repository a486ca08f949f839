/** Validates bodies, queries and path parameters by the zod schema given where they are declared, and refuses what cannot be stored. */
import { Injectable, StandardSchemaValidationPipe, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { AppError } from '../../errors/app-error.js';
import type { Problem } from '../../errors/shown.js';
import { problemsOf, unstorableTexts, type Issue } from '../answer/problems.js';

@Injectable()
export class SchemaPipe implements PipeTransform {
  private readonly validation = pipe(problemsOf);
  private readonly queryValidation = pipe(queryProblems);

  /** At once where there is no schema, as of an id: a promise would cost more than the check. */
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    if (metadata.type === 'body' && value === undefined && !(metadata.schema instanceof z.ZodOptional)) {
      throw AppError.invalid('', 'send a JSON body with the header content-type: application/json');
    }
    if (metadata.type !== 'custom') {
      const problems = unstorableTexts(value, metadata.data === undefined ? [] : [metadata.data]);
      if (problems.length > 0) throw new AppError('INVALID_REQUEST', { problems });
    }
    if (!metadata.schema) return value;
    return (metadata.type === 'query' ? this.queryValidation : this.validation).transform(value, metadata);
  }
}

function pipe(problems: (issues: readonly Issue[]) => Problem[]): StandardSchemaValidationPipe {
  return new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => new AppError('INVALID_REQUEST', { problems: problems(issues) }),
  });
}

/** In a query a list is one field, `status=ready,failed`: which of its values is wrong has no name there. */
function queryProblems(issues: readonly Issue[]): Problem[] {
  const problems = problemsOf(issues).map(({ path, message }) => ({ path: path.replace(/\[\d+\]$/, ''), message }));
  return problems.filter((one, i) => problems.findIndex((other) => isSame(one, other)) === i);
}

const isSame = (one: Problem, other: Problem) => one.path === other.path && one.message === other.message;
