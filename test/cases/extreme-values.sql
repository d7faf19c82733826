-- part: public.extremes
create table extremes (id int primary key, f8 float8, f4 float4, n numeric, ts timestamp, tz timestamptz, da date, ti time, tt timetz, iv interval, m money);
insert into extremes values
  (1, 'NaN', 'NaN', 'NaN', 'infinity', '-infinity', 'infinity', '24:00', '24:00+15:59', '1 year', '-92233720368547758.08'),
  (2, '-infinity', 'infinity', '-infinity', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '5874897-12-31', '00:00', '00:00-15:59', '-1 year', '92233720368547758.07'),
  (3, 4.9e-324, 1e-45, 1e-16383, '4713-01-01 BC', '4713-01-01 00:00:00+00 BC', '4713-01-01 BC', '23:59:60', '23:59:60+00', '-178000000 years', 0),
  (4, 1.7976931348623157e308, 3.4028235e38, ('1' || repeat('0', 1000))::numeric, '0001-12-31 BC', '1883-01-01 12:00:00+00', '0001-01-01', '12:00:00.000001', '12:00+00:00:01', '1 mon -1 day 00:00:00.000001', 1.23),
  (5, -0.0::float8, -0.0::float4, -0.0, '2024-01-01', '2024-01-01 00:00+05:30', '2024-02-29', '10:00', '10:00+01', '1 day', 5);
create table arrays (a int[], b text[][], c numeric[], d timestamptz[]);
insert into arrays values ('[-2:0]={1,2,3}', '{{a,NULL},{"NULL",""}}', '{}', '{infinity}');
create domain positive as int check (value > 0);
create type pair as (a int, b text);
create domain checked_pair as pair check ((value).a > 0);
create domain pairs as checked_pair[];
create type nested as (x pairs, y pair[]);
create table composites (a positive, b pair, c checked_pair, d pairs, e nested);
insert into composites values (1, '(1,"a,b""c")', '(2,)', array[row(3, 'x')::checked_pair], row(array[row(3, 'x')::checked_pair]::pairs, array[row(null, null)::pair]));
