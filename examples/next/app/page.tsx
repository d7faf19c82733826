import { allNotes } from '../lib/notes';

export const dynamic = 'force-dynamic';

export default async function Page() {
  const notes = await allNotes();
  return (
    <main>
      <h1>Notes</h1>
      <ul>
        {notes.map(({ id, text }) => (
          <li key={id}>{text}</li>
        ))}
      </ul>
      <a href="/api/admin/ui">Backups</a>
    </main>
  );
}
