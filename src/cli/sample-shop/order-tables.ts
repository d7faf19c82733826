/** Customers and what they order, pay for, are sent and say about it; and their visits to the site, month by month. */
export const orderTables = `
create type order_status as enum ('placed', 'packed', 'shipped', 'delivered', 'returned', 'cancelled');
create type payment_method as enum ('card', 'bank transfer', 'gift card', 'cash on collection');
create type device as enum ('phone', 'tablet', 'computer');

create table customers (
  id integer generated always as identity primary key,
  full_name text not null,
  email email_address not null unique,
  tier loyalty_tier not null default 'deckhand',
  birthday date,
  favourite_tags text[] not null default '{}',
  preferences jsonb not null default '{}',
  joined_at timestamptz not null
);

create table addresses (
  id integer generated always as identity primary key,
  customer_id integer not null,
  label text not null default 'home',
  street text not null,
  postcode text not null,
  town_id integer not null,
  is_default boolean not null default false
);

create table coupons (
  code text primary key check (code = upper(code)),
  description text not null,
  percent_off smallint not null check (percent_off between 1 and 90),
  valid_during daterange not null
);

create table orders (
  id integer generated always as identity primary key,
  order_number text generated always as ('HL-' || lpad(id::text, 6, '0')) stored unique,
  customer_id integer not null,
  address_id integer not null,
  coupon_code text,
  status order_status not null default 'placed',
  subtotal price not null,
  discount price not null default 0,
  delivery price not null default 0,
  total numeric(10,2) generated always as (subtotal - discount + delivery) stored,
  gift_message text,
  details jsonb not null default '{}',
  placed_at timestamptz not null,
  updated_at timestamptz not null
);
comment on table orders is 'One row per order; order_lines has the items';

create function touch_updated_at() returns trigger language plpgsql as $function$
begin
  new.updated_at := now();
  return new;
end
$function$;

create trigger orders_touch before update on orders
  for each row execute function touch_updated_at();

create table order_lines (
  order_id integer not null,
  line_number smallint not null,
  product_id integer not null,
  quantity smallint not null check (quantity > 0),
  unit_price price not null,
  line_total numeric(12,2) generated always as (quantity * unit_price) stored,
  primary key (order_id, line_number)
);

create table payments (
  id uuid primary key,
  order_id integer not null,
  method payment_method not null,
  amount price not null,
  reference text not null,
  paid_at timestamptz not null
);

create table shipments (
  id integer generated always as identity primary key,
  order_id integer not null,
  warehouse_id integer not null,
  carrier text not null,
  tracking_number text not null unique,
  route text[] not null,
  shipped_at timestamptz not null,
  delivered_at timestamptz,
  check (delivered_at >= shipped_at)
);
comment on column shipments.route is 'The towns a parcel passes, first to last';

create table reviews (
  id integer generated always as identity primary key,
  product_id integer not null,
  customer_id integer not null,
  rating smallint not null check (rating between 1 and 5),
  body text not null,
  found_helpful_by integer[] not null default '{}',
  posted_at timestamptz not null
);

create sequence visit_numbers;
create table visits (
  number bigint not null default nextval('visit_numbers'),
  customer_id integer,
  visited_at timestamptz not null,
  path text not null,
  device device not null,
  client_address inet not null,
  details jsonb not null default '{}',
  primary key (visited_at, number)
) partition by range (visited_at);
alter sequence visit_numbers owned by visits.number;
comment on table visits is 'Page views, a partition a month';
${Array.from({ length: 12 }, (_, index) => {
  const first = `2025-${String(index + 1).padStart(2, '0')}`;
  const next = index === 11 ? '2026-01' : `2025-${String(index + 2).padStart(2, '0')}`;
  return `
create table visits_${first.replace('-', '_')} partition of visits
  for values from ('${first}-01 00:00:00+00') to ('${next}-01 00:00:00+00');`;
}).join('')}
create table visits_other partition of visits default;
`;

export const orderConstraints = `
alter table addresses
  add foreign key (customer_id) references customers on delete cascade,
  add foreign key (town_id) references towns;
alter table orders
  add foreign key (customer_id) references customers,
  add foreign key (address_id) references addresses,
  add foreign key (coupon_code) references coupons on update cascade;
alter table order_lines
  add foreign key (order_id) references orders on delete cascade,
  add foreign key (product_id) references products;
alter table payments add foreign key (order_id) references orders;
alter table shipments
  add foreign key (order_id) references orders,
  add foreign key (warehouse_id) references warehouses;
alter table reviews
  add foreign key (product_id) references products on delete cascade,
  add foreign key (customer_id) references customers;
alter table visits add foreign key (customer_id) references customers on delete set null;

create unique index addresses_one_default on addresses (customer_id) where is_default;
create index on customers using gin (favourite_tags);
create index on customers (lower(full_name));
create index on orders (customer_id, placed_at desc);
create index orders_open on orders (placed_at) where status in ('placed', 'packed');
create index on orders using gin (details);
create index on order_lines (product_id);
create index on payments (order_id);
create index on shipments (order_id);
create index shipments_under_way on shipments (shipped_at) where delivered_at is null;
create index on reviews (product_id, rating);
create index on visits (customer_id) where customer_id is not null;
`;
