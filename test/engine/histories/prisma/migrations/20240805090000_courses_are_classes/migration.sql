-- Renamed by hand: Prisma would drop the table and create another.
ALTER TABLE "Course" RENAME TO "Class";
ALTER TABLE "Class" RENAME CONSTRAINT "Course_pkey" TO "Class_pkey";
ALTER TABLE "Class" RENAME CONSTRAINT "Course_ownerId_fkey" TO "Class_ownerId_fkey";
ALTER TABLE "Class" RENAME CONSTRAINT "Course_schoolId_fkey" TO "Class_schoolId_fkey";
ALTER SEQUENCE "Course_id_seq" RENAME TO "Class_id_seq";
