import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { toNodeHandler } from 'holdfast/node';
import { AppModule } from './app.module.ts';
import { backups } from './backups.ts';

const app = await NestFactory.create(AppModule);
// As middleware, before Nest's body parsers and controllers.
app.use('/api/admin', toNodeHandler(backups));
app.enableShutdownHooks();
await app.listen(Number(process.env.PORT ?? 3000));
