/** The keys of cached answers, from general to special. */
export const keys = {
  status: ['status'] as const,
  initPlan: ['init-plan'] as const,
  backupLists: ['backups'] as const,
  backups: (query: object) => ['backups', query] as const,
  backup: (id: number) => ['backup', id] as const,
  backupSchema: (id: number) => ['backup', id, 'schema'] as const,
  tables: ['tables'] as const,
  missingTables: ['tables', 'missing'] as const,
  schedule: ['schedule'] as const,
  schedules: ['schedule', 'all'] as const,
  schedulePreview: (count: number) => ['schedule', 'preview', count] as const,
  retention: (changes: object) => ['retention', changes] as const,
  restoreLists: ['restores'] as const,
  restores: (query: object) => ['restores', query] as const,
  restore: (id: number) => ['restore', id] as const,
  cleanups: ['cleanups'] as const,
};
