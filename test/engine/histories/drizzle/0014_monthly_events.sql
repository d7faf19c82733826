-- Custom SQL migration file, put your code below! --
ALTER TABLE "events" RENAME TO "events_old";--> statement-breakpoint
ALTER TABLE "events_old" RENAME CONSTRAINT "events_id_happened_on_pk" TO "events_old_pk";--> statement-breakpoint
CREATE TABLE "events" (
	"id" bigint DEFAULT nextval('events_id_seq'::regclass) NOT NULL,
	"happened_on" date NOT NULL,
	"kind" text NOT NULL,
	"amount" numeric(14, 4),
	CONSTRAINT "events_id_happened_on_pk" PRIMARY KEY("id","happened_on")
) PARTITION BY RANGE ("happened_on");
--> statement-breakpoint
CREATE TABLE "events_2025" PARTITION OF "events" FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');--> statement-breakpoint
CREATE TABLE "events_rest" PARTITION OF "events" DEFAULT;--> statement-breakpoint
INSERT INTO "events" SELECT * FROM "events_old";--> statement-breakpoint
ALTER SEQUENCE "events_id_seq" OWNED BY "events"."id";--> statement-breakpoint
DROP TABLE "events_old";