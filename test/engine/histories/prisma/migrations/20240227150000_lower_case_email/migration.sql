-- Data: people sign in with any spelling.
UPDATE "User" SET "email" = lower("email");
