import { Module } from '@nestjs/common';
import { AgentRolloutsService } from './agent-rollouts.service.js';
import { ChatController } from './chat.controller.js';
import { ChatService } from './chat.service.js';
import { ServedModelsService } from './served-models.service.js';

@Module({ controllers: [ChatController], providers: [ChatService, ServedModelsService, AgentRolloutsService] })
export class ChatModule {}
