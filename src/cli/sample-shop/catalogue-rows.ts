import { quoteLiteral } from '../../postgres/identifiers.ts';
import { departments, finishes } from './assortment.ts';
import { between, chance, pick } from './chance.ts';
import { countries } from './places.ts';

const townCount = countries.reduce((sum, country) => sum + country.towns.length, 0);
const suppliers = [
  'Brightwater Lamp Works',
  'Halyard & Daughters',
  'North Quay Weavers',
  'The Compass Loft',
  'Cutter & Keel',
  'Saltmarsh Pottery',
  'Fog Signal Foundry',
  'Lee Shore Leather',
  'Eider Knitting Guild',
  'Petrel Press',
  'Driftglass Studio',
  'Old Pier Provisions',
  'Sextant Brothers',
  'Tern Island Toys',
  'Blue Peter Paints',
  'Ebb and Flow Tea Company',
  'Lobster Pot Basketry',
  'Mizzen Tinware',
];

const tags = [
  'gift',
  'handmade',
  'bestseller',
  'waterproof',
  'brass',
  'wool',
  'limited',
  'kit',
  'for two',
  'repairable',
];

function slug(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z]+/g, '-');
}

function cell(value: string | number): string {
  return typeof value === 'number' ? String(value) : quoteLiteral(value);
}

function values(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `(${row.map(cell).join(', ')})`).join(',\n');
}

const shelves = departments.flatMap((department) =>
  department.shelves.map((shelf, index) => ({ department: department.name, index, ...shelf })),
);

const things = shelves.flatMap((shelf) =>
  shelf.things.map(([name, price]) => [slug(shelf.name), name, price] as const),
);

export const catalogueRows = `
insert into countries (code, name, currency, vat_rate) values
${values(countries.map(({ code, name, currency, vat }) => [code, name, currency, vat]))};

insert into towns (country_code, name, position)
select code, name, point(longitude, latitude) from (values
${values(countries.flatMap(({ code, towns }) => towns.map((town) => [code, ...town])))}
) as town (code, name, longitude, latitude);

insert into suppliers (name, town_id, email, lead_time)
select name, ${between('n', 11, 1, townCount)},
  'orders@' || regexp_replace(lower(name), '[^a-z]+', '-', 'g') || '.example',
  make_interval(days => ${between('n', 12, 3, 42)})
from unnest(array[${suppliers.map(quoteLiteral).join(', ')}]) with ordinality as supplier (name, n)
order by n;

insert into categories (name, slug, display_order) values
${values(departments.map(({ name }, index) => [name, slug(name), index + 1]))};

insert into categories (parent_id, name, slug, display_order)
select parent.id, shelf.name, shelf.slug, shelf.display_order
from (values
${values(shelves.map((shelf) => [slug(shelf.department), shelf.name, slug(shelf.name), shelf.index + 1]))}
) as shelf (parent_slug, name, slug, display_order)
join categories parent on parent.slug = shelf.parent_slug
order by parent.id, shelf.display_order;

insert into products (sku, category_id, supplier_id, name, description, price, cost, status, tags, attributes,
  size, weight_grams, released_on)
select upper(left(replace(thing.shelf, '-', ''), 3)) || '-' || lpad((1000 + n)::text, 4, '0'),
  category.id, ${between('n', 21, 1, suppliers.length)},
  finish.name || ' ' || thing.name,
  finish.name || ' ' || lower(thing.name) || ', ' || finish.material || '. '
    || ${pick(
      [
        'Made to be mended, and sold with what it takes to mend it.',
        'Tried for a season on the ferry before it reached the shelf.',
        'Packed in sailcloth. Keeps its looks in salt air.',
        'Every one is a little different, as it should be.',
        'Our best companion for long evenings at anchor.',
      ],
      'n',
      22,
    )},
  listed.price, round(listed.price * (0.38 + 0.3 * ${chance('n', 23)})::numeric, 2),
  (case when ${chance('n', 24)} < 0.86 then 'on sale' when ${chance('n', 24)} < 0.92 then 'sold out'
        when ${chance('n', 24)} < 0.97 then 'retired' else 'draft' end)::product_status,
  array(select distinct tag from unnest(array[${pick(tags, 'n', 25)}, ${pick(tags, 'n', 26)}, ${pick(tags, 'n', 27)}]) as tag
        order by tag limit ${between('n', 28, 1, 3)}),
  jsonb_build_object(
    'material', finish.material,
    'colour', ${pick(['signal red', 'fog', 'navy', 'kelp', 'sand', 'lamp black', 'storm blue'], 'n', 29)},
    'warranty_months', ${between('n', 30, 1, 5)} * 12,
    'care', jsonb_build_array(${pick(['wipe dry', 'oil twice a year', 'rinse in fresh water'], 'n', 31)},
      ${pick(['keep out of the bilge', 'air before storing', 'no soap'], 'n', 32)})),
  case when ${chance('n', 33)} < 0.8
    then row(${between('n', 34, 40, 900)}, ${between('n', 35, 30, 500)}, ${between('n', 36, 10, 400)})::dimensions end,
  ${between('n', 37, 2, 250)} * 10,
  date '2023-03-01' + ${between('n', 38, 0, 640)}
from (
  select row_number() over (order by finish_order, thing_order) as n, *
  from (values
${values(things.map((row, index) => [index + 1, ...row]))}
  ) as thing (thing_order, shelf, name, base_price)
  cross join (values
${values(finishes.map((row, index) => [index + 1, ...row]))}
  ) as finish (finish_order, finish_name, material, factor)
) as goods
cross join lateral (select shelf, name) as thing
cross join lateral (select finish_name as name, material) as finish
cross join lateral (select greatest(round(base_price * factor) - 0.10, 0.90)::numeric(10,2) as price) as listed
join categories category on category.slug = thing.shelf
order by n;

insert into price_history (product_id, valid_during, price)
select id, daterange(
    case when step = 1 then released_on else date '2025-01-01' + 120 * (step - 2) end,
    case when step = 4 then null else date '2025-01-01' + 120 * (step - 1) end),
  round(price * (0.88 + 0.03 * step), 2)
from products cross join generate_series(1, 4) as step
order by id, step;

insert into warehouses (name, town_id, opening_hours) values
  ('The Net Loft', 1, '{"mon-fri": ["08:00", "17:30"], "sat": ["09:00", "13:00"]}'),
  ('Pier Three', 6, '{"mon-fri": ["07:00", "16:00"]}'),
  ('Old Ice House', 14, '{"mon-sat": ["08:30", "18:00"], "sun": null}'),
  ('Signal Station', 23, '{"mon-thu": ["09:00", "17:00"], "fri": ["09:00", "15:00"]}');

insert into stock_levels (product_id, warehouse_id, quantity, reorder_at, counted_at)
select product.id, warehouse.id, ${between('product.id * 8 + warehouse.id', 41, 0, 120)},
  ${between('product.id * 8 + warehouse.id', 42, 2, 12)}, timestamptz '2025-01-02 09:00:00+00'
from products product cross join warehouses warehouse
order by product.id, warehouse.id;
${[1, 2, 3, 4]
  .map(
    (quarter) => `
update stock_levels
set quantity = greatest(quantity + ${between('product_id * 8 + warehouse_id', 50 + quarter, -30, 40)}, 0),
  counted_at = timestamptz '2025-01-02 09:00:00+00' + interval '91 days' * ${quarter}
where ${chance('product_id * 8 + warehouse_id', 60 + quarter)} < 0.7;`,
  )
  .join('')}
`;

export { townCount };
