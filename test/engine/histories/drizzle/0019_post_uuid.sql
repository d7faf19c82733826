ALTER TABLE "post_tags" DROP CONSTRAINT "post_tags_post_id_posts_id_fk";--> statement-breakpoint
ALTER TABLE "posts" ADD COLUMN "uid" uuid DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
ALTER TABLE "post_tags" ADD COLUMN "post_uid" uuid;--> statement-breakpoint
UPDATE "post_tags" SET "post_uid" = "posts"."uid" FROM "posts" WHERE "posts"."id" = "post_tags"."post_id";--> statement-breakpoint
ALTER TABLE "post_tags" DROP CONSTRAINT "post_tags_post_id_tag_id_pk";--> statement-breakpoint
ALTER TABLE "post_tags" DROP COLUMN "post_id";--> statement-breakpoint
ALTER TABLE "post_tags" RENAME COLUMN "post_uid" TO "post_id";--> statement-breakpoint
ALTER TABLE "post_tags" ADD CONSTRAINT "post_tags_post_id_tag_id_pk" PRIMARY KEY("post_id","tag_id");--> statement-breakpoint
ALTER TABLE "posts" DROP COLUMN "id";--> statement-breakpoint
ALTER TABLE "posts" RENAME COLUMN "uid" TO "id";--> statement-breakpoint
ALTER TABLE "posts" ADD PRIMARY KEY ("id");--> statement-breakpoint
ALTER TABLE "post_tags" ADD CONSTRAINT "post_tags_post_id_posts_id_fk" FOREIGN KEY ("post_id") REFERENCES "public"."posts"("id") ON DELETE cascade ON UPDATE no action;