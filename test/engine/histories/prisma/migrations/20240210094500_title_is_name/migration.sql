-- Renamed by hand: Prisma would drop the column and add another.
ALTER TABLE "Course" RENAME COLUMN "title" TO "name";
