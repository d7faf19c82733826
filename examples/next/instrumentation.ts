export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { startBackups } = await import('./lib/backups');
  startBackups();
}
