import { Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { backups } from './backups.ts';
import { NotesController } from './notes.controller.ts';
import { closeNotes } from './notes.ts';

@Module({ controllers: [NotesController] })
export class AppModule implements BeforeApplicationShutdown {
  // Not onApplicationShutdown(): that comes after Nest has waited for open connections, and the page keeps one open.
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([backups.stop(), closeNotes()]);
  }
}
