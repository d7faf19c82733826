ALTER TABLE "posts" ADD COLUMN "state" text;--> statement-breakpoint
UPDATE "posts" SET "state" = CASE WHEN "draft" THEN 'draft' ELSE 'published' END;--> statement-breakpoint
ALTER TABLE "posts" ALTER COLUMN "state" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "posts" DROP COLUMN "draft";