CREATE INDEX "posts_author_idx" ON "posts" USING btree ("author_id","id");--> statement-breakpoint
ALTER TABLE "posts" ADD CONSTRAINT "posts_views_check" CHECK ("posts"."views" >= 0);