import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DataSource } from 'typeorm';
import { Answers } from '../../http/answer/answers.js';
import { page, pageQuery, type PageQuery, readPage } from '../../http/answer/page.js';
import { ProjectId } from '../../http/request/request.js';
import { Worker } from '../../store/entities/worker.entity.js';
import { WorkerList, workerObject } from './worker.schema.js';

const LIST_QUERY = pageQuery('worker');

@ApiTags('Workers')
@Controller('v1/workers')
export class WorkersController {
  constructor(private readonly dataSource: DataSource) {}

  @Get()
  @Answers(WorkerList, { summary: 'List workers: what they compute on, what they do, when they were last heard from' })
  async listWorkers(@ProjectId() projectId: string, @Query({ schema: LIST_QUERY }) query: PageQuery) {
    const workers = this.dataSource.manager.createQueryBuilder(Worker, 'worker');
    const { rows, hasMore } = await readPage(workers, 'id', query);
    return page(
      rows.map((worker) => workerObject(worker, projectId, Date.now())),
      hasMore,
      ({ id }) => id,
    );
  }
}
