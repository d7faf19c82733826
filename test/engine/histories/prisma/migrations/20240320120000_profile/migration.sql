-- CreateTable
CREATE TABLE "Profile" (
    "id" SERIAL NOT NULL,
    "userId" INTEGER NOT NULL,
    "bio" TEXT,
    "avatarUrl" TEXT,

    CONSTRAINT "Profile_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Profile_userId_key" ON "Profile"("userId");

-- AddForeignKey
ALTER TABLE "Profile" ADD CONSTRAINT "Profile_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Data
INSERT INTO "Profile" ("userId", "bio", "avatarUrl")
SELECT "id", "bio", "avatarUrl" FROM "User" WHERE "bio" IS NOT NULL OR "avatarUrl" IS NOT NULL ORDER BY "id";

-- AlterTable
ALTER TABLE "User" DROP COLUMN "bio",
DROP COLUMN "avatarUrl";
