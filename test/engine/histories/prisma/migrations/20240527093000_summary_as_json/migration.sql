-- AlterTable
ALTER TABLE "Course" ALTER COLUMN "summary" SET DATA TYPE JSONB USING to_jsonb("summary");
