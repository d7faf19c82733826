/** @type {import('next').NextConfig} */
export default {
  // It reads its own files and starts threads, so it must not be bundled.
  serverExternalPackages: ['holdfast'],
};
