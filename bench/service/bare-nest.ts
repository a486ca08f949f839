/**
 * What a route is compared with: the same Nest on the same Express, which answers a JSON literal and does nothing else. A process of its own;
 * it is sent the literal, answers its port, and from then on what processor time it has used.
 */
import 'reflect-metadata';
import { once } from 'node:events';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const [literal] = (await once(process, 'message')) as [object];

@Controller()
class BareController {
  @Get('literal')
  answer(): object {
    return literal;
  }
}

@Module({ controllers: [BareController] })
class BareModule {}

const app = await NestFactory.create(BareModule, { logger: false });
await app.listen(0, '127.0.0.1');
process.on('message', () => process.send?.(process.cpuUsage()));
process.on('disconnect', () => process.exit(0));
process.send?.(await app.getUrl());
