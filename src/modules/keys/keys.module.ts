import { Module } from '@nestjs/common';
import { KeysController } from './keys.controller.js';
import { ProjectKeysController } from './project-keys.controller.js';
import { KeysService } from './keys.service.js';

@Module({ controllers: [KeysController, ProjectKeysController], providers: [KeysService] })
export class KeysModule {}
