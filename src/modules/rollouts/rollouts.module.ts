import { Module } from '@nestjs/common';
import { RolloutsController } from './rollouts.controller.js';
import { TrajectoriesService } from './trajectories.service.js';
import { TreesService } from './trees.service.js';

@Module({ controllers: [RolloutsController], providers: [TreesService, TrajectoriesService] })
export class RolloutsModule {}
