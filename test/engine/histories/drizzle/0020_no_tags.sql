ALTER TABLE "post_tags" DISABLE ROW LEVEL SECURITY;--> statement-breakpoint
DROP TABLE "post_tags" CASCADE;--> statement-breakpoint
DROP TABLE "tags" CASCADE;