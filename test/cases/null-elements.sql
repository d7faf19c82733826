-- part: public.labels
-- With array_nulls off the word NULL in an array is a text.
alter database :DBNAME set array_nulls = off;
set array_nulls = on;
create table labels (id int primary key, words text[]);
insert into labels values (1, array['a', null, 'NULL']), (2, '{}'), (3, array[null]::text[]);
