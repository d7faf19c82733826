-- Custom SQL migration file, put your code below! --
UPDATE "posts" SET "body" = btrim("body");