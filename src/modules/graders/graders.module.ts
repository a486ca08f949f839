import { Module } from '@nestjs/common';
import { GradersController } from './graders.controller.js';
import { GradersService } from './graders.service.js';

@Module({ controllers: [GradersController], providers: [GradersService] })
export class GradersModule {}
