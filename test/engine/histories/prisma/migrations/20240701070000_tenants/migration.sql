-- CreateTable
CREATE TABLE "School" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "School_pkey" PRIMARY KEY ("id")
);

-- Data
INSERT INTO "School" ("name") VALUES ('First school');

-- AlterTable
ALTER TABLE "Course" ADD COLUMN     "schoolId" INTEGER;
UPDATE "Course" SET "schoolId" = 1;
ALTER TABLE "Course" ALTER COLUMN "schoolId" SET NOT NULL;

-- AddForeignKey
ALTER TABLE "Course" ADD CONSTRAINT "Course_schoolId_fkey" FOREIGN KEY ("schoolId") REFERENCES "School"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
