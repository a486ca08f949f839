import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers } from '../../http/answer/answers.js';
import { ProjectId } from '../../http/request/request.js';
import { GraderRun, GraderRunResult, GraderValidation, GraderValidationResult } from './grader.schema.js';
import { GradersService } from './graders.service.js';

@ApiTags('Graders')
@Controller('v1/graders')
export class GradersController {
  constructor(private readonly graders: GradersService) {}

  @Post('validate')
  @Answers(GraderValidationResult, {
    summary: 'Check a reward before a run or an evaluation is started with it',
    description: 'Answers with the defaults filled in and with every problem, each with its path. Keeps nothing.',
    status: 200,
  })
  validateGrader(@ProjectId() projectId: string, @Body({ schema: GraderValidation }) body: GraderValidation) {
    return this.graders.validate(projectId, body);
  }

  @Post('run')
  @Answers(GraderRunResult, {
    summary: 'Score up to 1,000 responses with a reward',
    description:
      'Scores as a run or an evaluation would, and keeps nothing. Items with the same question, references and metadata are answers to one prompt. What takes more than a minute is refused: send fewer items.',
    status: 200,
  })
  runGrader(@ProjectId() projectId: string, @Body({ schema: GraderRun }) body: GraderRun) {
    return this.graders.run(projectId, body);
  }
}
