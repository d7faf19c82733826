/** Views for the back office. Created last, so that the materialized view is filled. */
export const reporting = `
create view order_summaries as
select orders.id, orders.order_number, customers.full_name as customer, towns.name as town, orders.status,
  count(order_lines.*) as lines, orders.total, orders.placed_at
from orders
join customers on customers.id = orders.customer_id
join addresses on addresses.id = orders.address_id
join towns on towns.id = addresses.town_id
left join order_lines on order_lines.order_id = orders.id
group by orders.id, customers.full_name, towns.name;
comment on view order_summaries is 'Orders as the counter sees them';

create materialized view monthly_sales as
select date_trunc('month', orders.placed_at at time zone 'UTC')::date as month,
  department.name as department, count(distinct orders.id) as orders, sum(order_lines.quantity) as items,
  sum(order_lines.line_total) as revenue
from order_lines
join orders on orders.id = order_lines.order_id
join products on products.id = order_lines.product_id
join categories shelf on shelf.id = products.category_id
join categories department on department.id = shelf.parent_id
where orders.status <> 'cancelled'
group by 1, 2;
create unique index on monthly_sales (month, department);
comment on materialized view monthly_sales is 'Refreshed every night';
`;
