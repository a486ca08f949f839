import { Module } from '@nestjs/common';
import { BenchmarksController } from './benchmarks.controller.js';

@Module({ controllers: [BenchmarksController] })
export class BenchmarksModule {}
