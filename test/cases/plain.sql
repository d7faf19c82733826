-- part: public.authors
-- A table, one that refers to it, a view that groups by the key of the first, and a materialized view on that.
create table authors (id int primary key, name text);
create table books (id int generated always as identity primary key, author int references authors);
insert into authors select n, 'author ' || n from generate_series(1, 500) n;
insert into books (author) select 1 + n % 7 from generate_series(1, 40) n;
create view authors_with_books as
  select authors.id, authors.name, count(*) as books from authors join books on books.author = authors.id group by authors.id;
create materialized view shelf as select * from authors_with_books;
