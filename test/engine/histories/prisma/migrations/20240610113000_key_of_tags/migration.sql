-- AlterTable
ALTER TABLE "_CourseToTag" ADD CONSTRAINT "_CourseToTag_AB_pkey" PRIMARY KEY ("A", "B");

-- DropIndex
DROP INDEX "_CourseToTag_AB_unique";
