ALTER TABLE "posts" ALTER COLUMN "views" DROP DEFAULT;--> statement-breakpoint
ALTER TABLE "posts" ALTER COLUMN "views" SET DATA TYPE integer USING "views"::integer;--> statement-breakpoint
ALTER TABLE "posts" ALTER COLUMN "views" SET DEFAULT 0;