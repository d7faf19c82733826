import { allNotes } from '../utils/notes';

export default defineEventHandler(() => allNotes());
