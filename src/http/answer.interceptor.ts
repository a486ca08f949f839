/**
 * Shapes every JSON answer by its schema, so that nothing undocumented leaves the service. An answer that does not fit, say because a stored
 * object was written by another version, is logged and sent as it is: the client is better served by it than by an error.
 */
import { Logger, StandardSchemaSerializerInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

type Schema = Parameters<StandardSchemaSerializerInterceptor['transformToPlain']>[1];

export class AnswerInterceptor extends StandardSchemaSerializerInterceptor {
  private readonly logger = new Logger(AnswerInterceptor.name);

  /** @param strict throws instead; for tests */
  constructor(
    reflector: Reflector,
    private readonly strict: boolean,
  ) {
    super(reflector);
  }

  override async transformToPlain(answer: object, schema: Schema): Promise<object> {
    const result = await schema['~standard'].validate(answer);
    if (!result.issues) return result.value as object;
    const issues = result.issues.map(({ path, message }) => `${path?.map(String).join('.')}: ${message}`).join('; ');
    if (this.strict) throw new Error(`The answer does not fit its schema: ${issues}`);
    this.logger.error(`An answer does not fit its schema: ${issues}`);
    return answer;
  }
}
