import type { ReadyAnswer } from '../contract/probe.ts';

/** What is told to monitoring: a part of `BackupApi`. */
export interface MonitoringApi {
  /** Whether the database answers and has the tables of Holdfast. Never rejects. */
  ready(): Promise<ReadyAnswer>;
  /** Figures for Prometheus, in its text format. docs/METRICS.md describes each. */
  metrics(): Promise<{ text: string; contentType: string }>;
}
