/** Places, products and stock: types, tables, and the trigger that keeps an account of every stock change. */
export const catalogueTables = `
create domain email_address as text
  constraint looks_like_an_address check (value ~ '^[^@ ]+@[^@ ]+[.][^@ ]+$');
create domain price as numeric(10,2)
  constraint not_negative check (value >= 0);
create type loyalty_tier as enum ('deckhand', 'mate', 'captain');
create type product_status as enum ('draft', 'on sale', 'sold out', 'retired');
create type dimensions as (length_mm integer, width_mm integer, height_mm integer);

create table countries (
  code char(2) primary key,
  name text not null unique,
  currency char(3) not null,
  vat_rate numeric(4,3) not null check (vat_rate between 0 and 1)
);
comment on table countries is 'Where the shop delivers to';

create table towns (
  id integer generated always as identity primary key,
  country_code char(2) not null,
  name text not null,
  position point not null,
  unique (country_code, name)
);
comment on column towns.position is 'Longitude and latitude';

create table suppliers (
  id integer generated always as identity primary key,
  name text not null unique,
  town_id integer not null,
  email email_address not null,
  lead_time interval not null default '14 days'
);

create table categories (
  id integer generated always as identity primary key,
  parent_id integer,
  name text not null,
  slug text not null unique,
  display_order smallint not null
);
comment on table categories is 'Departments, and their shelves below them';

create table products (
  id integer generated always as identity primary key,
  sku text not null unique check (sku ~ '^[A-Z]{3}-[0-9]{4}$'),
  category_id integer not null,
  supplier_id integer not null,
  name text not null,
  description text not null,
  price price not null,
  cost price not null,
  status product_status not null default 'draft',
  tags text[] not null default '{}',
  attributes jsonb not null default '{}',
  size dimensions,
  weight_grams integer check (weight_grams > 0),
  released_on date not null,
  search tsvector generated always as (to_tsvector('english'::regconfig, name || ' ' || description)) stored,
  check (cost <= price)
);
comment on table products is 'What the shop sells';
comment on column products.search is 'Kept by the server; what the search box asks';

create table price_history (
  product_id integer not null,
  valid_during daterange not null check (not isempty(valid_during)),
  price price not null,
  primary key (product_id, valid_during)
);

create table warehouses (
  id integer generated always as identity primary key,
  name text not null unique,
  town_id integer not null,
  opening_hours jsonb not null
);

create table stock_levels (
  product_id integer not null,
  warehouse_id integer not null,
  quantity integer not null check (quantity >= 0),
  reorder_at integer not null default 5,
  counted_at timestamptz not null,
  primary key (product_id, warehouse_id)
);

create table stock_changes (
  id bigint generated always as identity primary key,
  product_id integer not null,
  warehouse_id integer not null,
  quantity_before integer not null,
  quantity_after integer not null,
  difference integer generated always as (quantity_after - quantity_before) stored,
  changed_by name not null default current_user,
  changed_at timestamptz not null
);
comment on table stock_changes is 'Written by a trigger on stock_levels, never by hand';

create function record_stock_change() returns trigger language plpgsql as $function$
begin
  insert into public.stock_changes (product_id, warehouse_id, quantity_before, quantity_after, changed_at)
  values (new.product_id, new.warehouse_id, old.quantity, new.quantity, new.counted_at);
  return null;
end
$function$;
comment on function record_stock_change() is 'Keeps an account of every change to a stock level';

create trigger stock_levels_account
  after update of quantity on stock_levels
  for each row when (old.quantity is distinct from new.quantity)
  execute function record_stock_change();
`;

/** Added when the rows are in: an index built at once is quicker and smaller than one grown row by row. */
export const catalogueConstraints = `
alter table towns add foreign key (country_code) references countries;
alter table suppliers add foreign key (town_id) references towns;
alter table categories add foreign key (parent_id) references categories;
alter table products
  add foreign key (category_id) references categories,
  add foreign key (supplier_id) references suppliers;
alter table price_history add foreign key (product_id) references products on delete cascade;
alter table warehouses add foreign key (town_id) references towns;
alter table stock_levels
  add foreign key (product_id) references products on delete cascade,
  add foreign key (warehouse_id) references warehouses;
alter table stock_changes
  add foreign key (product_id, warehouse_id) references stock_levels on delete cascade;

create index on products (category_id);
create index products_on_sale on products (released_on desc) where status = 'on sale';
create index on products using gin (tags);
create index on products using gin (attributes jsonb_path_ops);
create index on products using gin (search);
create index on towns using gist (position);
create index stock_to_reorder on stock_levels (warehouse_id) where quantity <= 5;
create index on stock_changes (product_id, warehouse_id, changed_at);
`;
