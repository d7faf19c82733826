import { townCount } from './catalogue-rows.ts';
import { between, chance, pick, pickEarly } from './chance.ts';
import {
  carriers,
  firstNames,
  giftMessages,
  reviewClosings,
  reviewMiddles,
  reviewOpenings,
  streets,
  surnames,
} from './words.ts';

const customers = 12_000;
const orders = 40_000;
const reviews = 9_000;
const visits = 60_000;

/** When row `n` of `count` happened in 2025: busier towards the end of the year, between seven and eleven at night. */
function moment(key: string, count: number): string {
  // In double precision: the power of a numeric costs fifty times as much.
  const day = `365 * pow((${key} - 0.5::double precision) / ${count}, 0.8::double precision)`;
  return `timestamptz '2025-01-01 07:00:00+00'
    + make_interval(days => floor(${day})::integer, secs => floor(57600 * ((${day}) - floor(${day}))))`;
}

/** Letters that e-mail addresses rarely contain, and their replacements. */
const plainLetters = `translate(full_name, 'éøëÓÍñŁöäåæń ''', 'eoeOInLoaaan.')`;

const people = `
insert into customers (full_name, email, tier, birthday, favourite_tags, preferences, joined_at)
select full_name, lower(${plainLetters}) || n || '@' || ${pickEarly(['example.com', 'example.org', 'example.net'], 'n', 103)},
  (case when ${chance('n', 104)} < 0.7 then 'deckhand' when ${chance('n', 104)} < 0.93 then 'mate' else 'captain' end)::loyalty_tier,
  case when ${chance('n', 105)} < 0.6 then date '1950-01-01' + ${between('n', 106, 0, 20_000)} end,
  array(select distinct tag from unnest(array[${pick(['gift', 'handmade', 'brass', 'wool', 'kit'], 'n', 107)},
    ${pick(['repairable', 'waterproof', 'limited'], 'n', 108)}]) as tag order by tag limit ${between('n', 109, 0, 2)}),
  jsonb_build_object('newsletter', ${chance('n', 110)} < 0.4, 'language', ${pickEarly(['en', 'fr', 'de', 'nl', 'da', 'pt'], 'n', 111)},
    'contact', jsonb_build_object('by', ${pick(['email', 'post', 'phone'], 'n', 112)}, 'before_noon', ${chance('n', 113)} < 0.5)),
  timestamptz '2023-03-01 08:00:00+00' + interval '80 minutes' * n
from (
  select n, ${pickEarly(firstNames, 'n', 101)} || ' ' || ${pickEarly(surnames, 'n', 102)} as full_name
  from generate_series(1, ${customers}) as n
) as person
order by n;

insert into addresses (customer_id, label, street, postcode, town_id, is_default)
select n, case nth when 1 then 'home' else ${pick(['work', 'boat', 'parents'], 'n', 121)} end,
  ${between('n * 2 + nth', 122, 1, 140)} || ' ' || ${pick(streets, 'n * 2 + nth', 123)},
  lpad(${between('n * 2 + nth', 124, 1000, 99_999)}::text, 5, '0'), ${between('n * 2 + nth', 125, 1, townCount)}, nth = 1
from generate_series(1, 2) as nth cross join generate_series(1, ${customers}) as n
where nth = 1 or ${chance('n', 126)} < 0.25
order by nth, n;

insert into coupons (code, description, percent_off, valid_during) values
  ('SPRINGTIDE', 'Ten per cent off through spring', 10, '[2025-03-01,2025-06-01)'),
  ('FIRSTVOYAGE', 'For a first order', 15, '[2025-01-01,)'),
  ('FOGHORN', 'One loud weekend in October', 25, '[2025-10-10,2025-10-13)'),
  ('REGATTA', 'Regatta week', 12, '[2025-07-01,2025-08-01)'),
  ('LANTERNLIGHT', 'December evenings', 8, '[2025-12-01,2026-01-01)');
`;

const purchases = `
create temporary table basket on commit drop as
select n as order_id, line_number, product.id as product_id, quantity, product.price as unit_price
from generate_series(1, ${orders}) as n
cross join lateral generate_series(1, 1 + floor(4.8 * pow(${chance('n', 201)}, 1.6))::integer) as line_number
cross join lateral (select 1 + floor(480 * pow(${chance('n * 8 + line_number', 202)}, 1.5))::integer as product_id,
  1 + floor(4 * pow(${chance('n * 8 + line_number', 203)}, 4))::integer as quantity) as choice
join products product on product.id = choice.product_id;
analyze basket, addresses, products;

insert into orders (customer_id, address_id, coupon_code, status, subtotal, discount, delivery, gift_message, details,
  placed_at, updated_at)
select customer_id, address.id, coupon.code,
  (case when placed_at < timestamptz '2025-12-14 00:00:00+00'
    then case when fate < 0.93 then 'delivered' when fate < 0.97 then 'returned' else 'cancelled' end
    else case when fate < 0.25 then 'placed' when fate < 0.45 then 'packed' else 'shipped' end end)::order_status,
  subtotal, round(subtotal * coalesce(coupon.percent_off, 0) / 100, 2), case when subtotal < 75 then 4.90 else 0 end,
  case when ${chance('n', 211)} < 0.06 then ${pick(giftMessages, 'n', 212)} end,
  jsonb_build_object('channel', ${pickEarly(['web', 'app', 'telephone', 'counter'], 'n', 213)},
    'gift_wrap', ${chance('n', 211)} < 0.06, 'packed_by', ${pick(['Edda', 'Pim', 'Solveig', 'Old Tom'], 'n', 214)}),
  placed_at, placed_at + make_interval(mins => ${between('n', 215, 20, 5000)})
from (
  select n, ${moment('n', orders)} as placed_at, ${chance('n', 216)} as fate,
    1 + floor(${customers} * pow(${chance('n', 217)}, 1.7))::integer as customer_id
  from generate_series(1, ${orders}) as n
) as placed
join (select order_id, sum(quantity * unit_price)::numeric(10,2) as subtotal from basket group by order_id) as sums
  on order_id = n
join addresses address using (customer_id)
left join coupons coupon on coupon.valid_during @> (placed_at at time zone 'UTC')::date
  and coupon.code <> 'FIRSTVOYAGE' and ${chance('n', 218)} < 0.2
where address.is_default
order by n;

insert into order_lines (order_id, line_number, product_id, quantity, unit_price)
select order_id, line_number, product_id, quantity, unit_price from basket order by order_id, line_number;

insert into payments (id, order_id, method, amount, reference, paid_at)
select md5('payment ' || id)::uuid, id,
  (${pickEarly(['card', 'bank transfer', 'gift card', 'cash on collection'], 'id', 221)})::payment_method,
  total, upper(substr(md5('reference ' || id), 1, 12)), placed_at + make_interval(secs => ${between('id', 222, 20, 900)})
from orders where status <> 'cancelled' order by id;

insert into shipments (order_id, warehouse_id, carrier, tracking_number, route, shipped_at, delivered_at)
select orders.id, ${between('orders.id', 231, 1, 4)}, ${pickEarly(carriers, 'orders.id', 232)},
  'PP' || lpad(((orders.id::bigint * 7919) % 100000007)::text, 9, '0'),
  array[start.name, ${pick(['Rotterdam', 'Esbjerg', 'Cherbourg', 'Harwich'], 'orders.id', 233)}, town.name],
  placed_at + interval '20 hours',
  case when status <> 'shipped' then placed_at + make_interval(hours => ${between('orders.id', 234, 40, 220)}) end
from orders
join addresses address on address.id = address_id
join towns town on town.id = address.town_id
join warehouses warehouse on warehouse.id = ${between('orders.id', 231, 1, 4)}
join towns start on start.id = warehouse.town_id
where status in ('shipped', 'delivered', 'returned')
order by orders.id;
`;

const voices = `
insert into reviews (product_id, customer_id, rating, body, found_helpful_by, posted_at)
select product_id, customer_id, 5 - floor(4.2 * pow(${chance('n', 301)}, 3))::integer,
  ${pick(reviewOpenings, 'n', 302)} || ' ' || ${pick(reviewMiddles, 'n', 303)} || ' ' || ${pick(reviewClosings, 'n', 304)},
  array(select ${between('n * 16 + vote', 305, 1, customers)}
        from generate_series(1, floor(9 * pow(${chance('n', 306)}, 3))::integer) as vote),
  placed_at + make_interval(days => ${between('n', 307, 6, 60)})
from generate_series(1, ${reviews}) as n
join orders on orders.id = ${between('n', 308, 1, Math.floor(orders * 0.8))}
join order_lines on order_id = orders.id and line_number = 1
order by n;

insert into visits (customer_id, visited_at, path, device, client_address, details)
select case when ${chance('n', 401)} < 0.35 then ${between('n', 402, 1, customers)} end,
  ${moment('n', visits)},
  case when ${chance('n', 403)} < 0.2 then '/' when ${chance('n', 403)} < 0.8 then '/products/' || ${between('n', 404, 1, 480)}
    else ${pick(['/basket', '/checkout', '/about', '/tides', '/search?q=lantern', '/search?q=gansey'], 'n', 405)} end,
  (${pickEarly(['phone', 'computer', 'tablet'], 'n', 406)})::device,
  inet '198.51.100.0' + ${between('n', 407, 1, 254)},
  jsonb_build_object('ms', ${between('n', 408, 12, 480)}, 'referrer', ${pickEarly(
    ['direct', 'search', 'newsletter', 'harbour forum'],
    'n',
    409,
  )})
from generate_series(1, ${visits}) as n
order by n;
`;

export const orderRows = people + purchases + voices;
