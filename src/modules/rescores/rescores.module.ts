import { Module } from '@nestjs/common';
import { RescoresController } from './rescores.controller.js';
import { RescoresService } from './rescores.service.js';

@Module({ controllers: [RescoresController], providers: [RescoresService] })
export class RescoresModule {}
