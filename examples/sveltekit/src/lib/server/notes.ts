// What the application itself does: a list of notes in PostgreSQL.
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
const table = 'create table if not exists notes (id serial primary key, text text not null)';
let made: Promise<unknown> | undefined;

export interface Note {
  id: number;
  text: string;
}

export async function allNotes(): Promise<Note[]> {
  await (made ??= pool.query(table));
  return (await pool.query<Note>('select id, text from notes order by id')).rows;
}

export async function addNote(text: string): Promise<Note | undefined> {
  await (made ??= pool.query(table));
  const insert = 'insert into notes (text) values ($1) returning id, text';
  return (await pool.query<Note>(insert, [text])).rows[0];
}

export async function closeNotes(): Promise<void> {
  await pool.end();
}
