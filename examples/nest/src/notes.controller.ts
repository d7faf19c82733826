import { Body, Controller, Get, Post } from '@nestjs/common';
import { addNote, allNotes, type Note } from './notes.ts';

@Controller('notes')
export class NotesController {
  @Get()
  all(): Promise<Note[]> {
    return allNotes();
  }

  @Post()
  add(@Body('text') text: string): Promise<Note | undefined> {
    return addNote(text);
  }
}
