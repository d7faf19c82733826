import { inTurn } from '../../support/servers.ts';
import { test } from 'node:test';
import { prisma } from './prisma.ts';
import { replay } from './replay.ts';

/** Until a name is required. */
const user = (n: number, name = `'Name ${n}'`): string =>
  `insert into "User" ("email", "name") values ('User${n}@Example.org', ${name});`;

const first = `
  insert into "User" ("email", "name", "bio", "avatarUrl")
    select 'Person' || n || '@Example.org', case when n % 4 > 0 then 'Person ' || n end,
      case when n % 3 = 0 then E'Likes\\ttea, ' || n end, case when n % 5 = 0 then 'https://example.org/' || n end
    from generate_series(1, 40) n;
  insert into "Course" ("title", "legacyCode", "ownerId")
    select 'Course ' || n, case when n % 2 = 0 then 'L-' || n end, 1 + n % 40 from generate_series(1, 12) n;
  insert into "Booking" ("courseId", "userId", "status", "price", "seats", "startsAt")
    select 1 + n % 12, 1 + n % 40, case when n % 3 = 0 then 'CONFIRMED' else 'PENDING' end::"BookingStatus", n * 1.25, 1 + n % 4,
      timestamp '2024-03-30 22:15:00' + n * interval '7 hours' from generate_series(1, 120) n;
  insert into "Session" select md5(n::text), n, timestamp '2024-02-01' + n * interval '1 hour' from generate_series(1, 20) n;`;

test(
  'a history of Prisma: back to before each migration, and rows of before into after it',
  inTurn(0, 2),
  async (t) => {
    await replay(t, prisma, {
      '20240108090000_init': { rows: first },
      '20240115101500_course_language': {
        rows: `update "Course" set "language" = 'de', "summary" = 'About "' || "title" || '"' where "id" % 3 = 0; ${user(101)}`,
        adapted: ['public.Course'],
      },
      '20240122080000_unique_email': { rows: user(102, 'null') },
      '20240202133000_cancelled_bookings': {
        rows: `update "Booking" set "status" = 'CANCELLED' where "id" % 10 = 0; ${user(103)}`,
      },
      '20240210094500_title_is_name': {
        rows: `insert into "Course" ("name", "ownerId") values ('Late course', 1);`,
        wishes: { renames: { Course: { title: 'name' } } },
        adapted: ['public.Course'],
      },
      '20240219110000_tags': {
        rows: `insert into "Tag" ("label") select 'tag ' || n from generate_series(1, 5) n;
        insert into "_CourseToTag" select c, t from generate_series(1, 12) c, generate_series(1, 5) t where (c + t) % 3 = 0;`,
      },
      '20240227150000_lower_case_email': { rows: user(104, 'null') },
      '20240304090000_name_required': {
        rows: user(105),
        wishes: { fill: { User: { name: 'Guest' } } },
        adapted: ['public.User'],
      },
      '20240311083000_larger_numbers': {
        rows: `insert into "Booking" ("courseId", "userId", "price", "seats", "startsAt") values (1, 1, 12345678.1234, 5000000000, '2024-04-01 10:00:00');`,
        adapted: ['public.Booking'],
      },
      '20240320120000_profile': {
        rows: `insert into "Profile" ("userId", "bio") values (1, 'Came later');`,
        wishes: { dropColumns: { User: ['bio', 'avatarUrl'] } },
        adapted: ['public.User'],
      },
      '20240402090000_drop_legacy_code': {
        rows: user(106),
        wishes: { dropColumns: { 'public.Course': ['legacyCode'] } },
        adapted: ['public.Course'],
      },
      '20240415140000_pending_is_requested': {
        rows: `update "Booking" set "status" = 'CONFIRMED' where "id" % 7 = 0;`,
        wishes: { values: { Booking: { status: { PENDING: 'REQUESTED' } } } },
        adapted: ['public.Booking'],
      },
      '20240429081500_times_with_zone': {
        rows: user(107),
        wishes: { timestampZone: 'UTC' },
        adapted: ['public.Booking'],
      },
      '20240513100000_drop_sessions': { rows: user(108) },
      '20240527093000_summary_as_json': {
        rows: `update "Course" set "summary" = '{"long": true}' where "id" = 2;`,
        refused: /public\.Course: column "summary": .*text.*jsonb/,
      },
      '20240610113000_key_of_tags': { rows: user(109), adapted: ['public._CourseToTag'] },
      '20240701070000_tenants': {
        rows: `insert into "School" ("name") values ('Second school'); update "Course" set "schoolId" = 2 where "id" = 3;`,
        wishes: { fill: { Course: { schoolId: 1 } } },
        adapted: ['public.Course'],
      },
      '20240715154500_booking_uuid': {
        rows: user(110),
        refused: /public\.Booking: column "id": .*integer.*uuid/,
        random: ['public.Booking'],
      },
      '20240805090000_courses_are_classes': { rows: user(111) },
    });
  },
);
