-- AlterEnum
ALTER TYPE "BookingStatus" ADD VALUE 'CANCELLED';
