import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Answers } from '../../http/answer/answers.js';
import { BENCHMARKS } from '../../spec/benchmarks/index.js';
import { BenchmarkList, benchmarkObject } from './benchmark.schema.js';

@ApiTags('Evaluations')
@Controller('v1/benchmarks')
export class BenchmarksController {
  @Get()
  @Answers(BenchmarkList, {
    summary: 'List the benchmarks that an evaluation can name, with what the paper reports of them',
  })
  listBenchmarks() {
    return { object: 'list' as const, data: BENCHMARKS.map(benchmarkObject) };
  }
}
