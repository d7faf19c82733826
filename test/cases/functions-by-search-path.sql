-- part: public.pages
-- refused: SEARCH_PATH_NEEDED pages search_path
-- skip: download
-- A generated column whose function finds another one by the search_path that applications have.
create function lowered(t text) returns text language sql immutable as $$ select lower(t) $$;
create function slug_of(t text) returns text language plpgsql immutable as $$ begin return replace(lowered(t), ' ', '-'); end $$;
create table pages (id int primary key, title text, slug text generated always as (slug_of(title)) stored);
insert into pages (id, title) values (1, 'A Title'), (2, 'Another');
