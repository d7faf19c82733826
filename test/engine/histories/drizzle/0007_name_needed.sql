-- Custom SQL migration file, put your code below! --
UPDATE "users" SET "name" = 'Guest' WHERE "name" IS NULL;--> statement-breakpoint
ALTER TABLE "users" ALTER COLUMN "name" SET NOT NULL;