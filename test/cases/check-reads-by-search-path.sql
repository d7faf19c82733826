-- part: public.a_entries
-- refused: SEARCH_PATH_NEEDED a_entries search_path
-- skip: download
create table z_words (id bigserial primary key, word text unique);
insert into z_words (word) values ('one'), ('two');
create function is_word(t text) returns boolean language sql stable as
  $$ select exists (select from z_words where word = t) $$;
create table a_entries (id bigserial primary key, word text not null check (is_word(word)));
insert into a_entries (word) values ('one'), ('two');
